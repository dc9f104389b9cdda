/** Receives one block, writes it and passes it on. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import type { ReceivedPacket } from '../../protocol/datatransfer/data-transfer.ts';
import { type DatanodeInfoProto, Status } from '../../protocol/gen/messages.ts';
import { extendLast } from '../../protocol/sockets/byte-queue.ts';
import { type HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { settled } from '../../runtime/promises.ts';
import type { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { SendTimer } from '../metrics/send-timer.ts';
import { checksumLength } from '../replicas/meta-header.ts';
import { releaseReserved } from '../replicas/replica-changes.ts';
import type { ReplicaWriter, WritablePacket } from '../replicas/replica-writer.ts';
import { writeRestartMeta } from '../replicas/restart-meta.ts';
import type { ReplicaHolder, StoredReplica } from '../replicas/stored-replica.ts';
import { PacketResponder } from './packet-responder.ts';

export interface ReceiverOptions {
  readonly replica: StoredReplica;
  readonly writer: ReplicaWriter;
  /** Whom the packets come from. */
  readonly upstream: DataConnection;
  /** The next node of the pipeline; undefined at its tail. */
  readonly mirror: DataConnection | undefined;
  /** Measures what the mirror takes, when that is wanted. */
  readonly sendTimer?: SendTimer | undefined;
  /** The checksums that packets bring. */
  readonly checksum: DataChecksum;
  /** A client's pipeline has acks; a copy between DataNodes has none, and every node checks its checksums. */
  readonly isPipeline: boolean;
  /** Named as the bad one when a copy's checksums are wrong. */
  readonly source: DatanodeInfoProto | undefined;
  /** Slows a balancer's copy down. */
  readonly throttler?: DataTransferThrottler;
  /**
   * Runs when the block is whole and its files are closed, before the last ack.
   * @param sync where the files lie has to last over a loss of power
   */
  readonly complete: (sync: boolean) => Promise<void>;
}

/** Packets that have come together are passed on, written and acked together, up to this much. */
const TURN_BYTES_MAX = 512 * 1024;
/** How long a writer may take to hear a refusal, before its connection is cut. */
const REFUSAL_HEARD_MS = 3000;

/**
 * Receives one block: each packet goes to disk and to the next node at once, and its ack goes upstream when this node
 * has written it and the next one has acked it. Everything that can pile up is bounded, so that a slow disk or a slow
 * neighbour slows the writer.
 */
export class BlockReceiver implements ReplicaHolder {
  readonly #context: DatanodeContext;
  readonly #options: ReceiverOptions;
  readonly #responder: PacketResponder | undefined;
  readonly #verifies: boolean;
  readonly #translates: boolean;
  #mirror: DataConnection | undefined;
  #receivedLength: number;
  #mirrorLost = false;
  #allReceived = false;
  /** Whether the block's last packet asked for an fsync. */
  #endIsSynced = false;
  #writeError: Error | undefined;
  #done: Promise<void> | undefined;

  constructor(context: DatanodeContext, options: ReceiverOptions) {
    const { replica, writer, upstream, mirror, checksum, isPipeline } = options;
    this.#context = context;
    this.#options = options;
    this.#mirror = mirror;
    this.#receivedLength = replica.state.bytesOnDisk;
    this.#translates = checksum.type !== writer.spec.type || checksum.bytesPerChecksum !== writer.spec.bytesPerChecksum;
    this.#verifies = !mirror || !isPipeline || this.#translates;
    if (isPipeline) {
      const finalize = (): Promise<void> => this.#complete();
      const onMirrorError = (e: unknown): void => this.#dropMirror(e);
      const onFailure = (e: unknown): void => upstream.destroy(e instanceof Error ? e : undefined);
      const { faults, flagOf } = context;
      const reactions = { finalize, onMirrorError, onFailure };
      this.#responder = new PacketResponder({ replica, upstream, mirror, ...reactions, faults, flagOf });
    }
    replica.writer = this;
  }

  /**
   * Resolves when the block is complete and its last ack sent. On any failure the files are closed and a client's
   * replica stays as it is, for the pipeline's recovery.
   */
  receive(): Promise<void> {
    this.#done = this.#run();
    return this.#done;
  }

  async stop(reason: string): Promise<void> {
    const error = hadoopError('IOException', `Stopped the writer of ${this.#options.replica.name}: ${reason}`);
    this.#options.upstream.destroy(error);
    this.#mirror?.destroy(error);
    this.#responder?.fail(error);
    // Its failure is this stop, and is told to whoever runs it.
    await settled(this.#done);
  }

  async leaveForRestart(): Promise<void> {
    const { replica } = this.#options;
    const { clock, log, settings } = this.#context;
    // A copy has no writer that could wait; whoever ordered it orders another.
    if (!this.#responder) return;
    log.info({ block: replica.name }, 'Sending an out of band ack of type OOB_RESTART');
    const noted = writeRestartMeta(replica, clock.now() + settings.restartReplicaExpiryMs).catch((err: unknown) => {
      log.warn({ block: replica.name, err }, 'the writer will not find its replica as it was');
    });
    await Promise.all([noted, settled(this.#responder.sendOob(Status.OOB_RESTART))]);
    await settled(this.#done);
  }

  async #run(): Promise<void> {
    const { replica, writer } = this.#options;
    try {
      await this.#receivePackets();
      this.#allReceived = true;
      // The writer has nothing more to say: from here on the mirror's silence counts, not his.
      this.#options.upstream.setTimeout(0);
      if (this.#mirrorLost) void this.#awaitWriterLeaving();
      if (this.#responder) await this.#responder.done;
      else await this.#complete();
    } catch (e) {
      this.#responder?.fail(e);
      await writer.close();
      releaseReserved(replica);
      throw e;
    } finally {
      if (replica.writer === this) replica.writer = undefined;
    }
  }

  async #receivePackets(): Promise<void> {
    const { upstream, throttler } = this.#options;
    for (;;) {
      this.#checkDisk();
      const packets = await upstream.receivePackets(TURN_BYTES_MAX);
      const held = this.#context.faults?.beforePackets(packets.length);
      if (held) await held;
      const throttled = throttler?.throttle(bytesOf(packets));
      const room = this.#take(packets);
      if (room) await room;
      if (throttled) await throttled;
      if (packets.at(-1)?.lastPacketInBlock) return;
    }
  }

  /** A failed disk ends the reception, whatever the writer goes on to send. @throws the disk's error */
  #checkDisk(): void {
    if (!this.#writeError) return;
    this.#options.upstream.destroy(this.#writeError);
    throw this.#writeError;
  }

  /** @returns what to wait for before more is read: room at the disk and at the mirror's socket */
  #take(packets: readonly ReceivedPacket[]): Promise<unknown> | undefined {
    const { writer } = this.#options;
    for (const packet of packets) this.#check(packet);
    // The packets' memory is used again when neither the disk nor the mirror's socket needs it any more.
    let users = this.#mirror ? 2 : 1;
    const released = (): void => {
      if (--users === 0) for (const packet of packets) packet.release();
    };
    const mirrored = this.#mirror ? this.#mirrorPackets(this.#mirror, packets, released) : undefined;
    const corrupt = this.#verifies ? this.#firstCorrupt(packets) : undefined;
    const sound = corrupt ? packets.slice(0, corrupt.index) : packets;
    const toDisk: WritablePacket[] = [];
    for (const packet of sound) {
      this.#enqueue(packet);
      this.#context.metrics.BytesWritten += packet.data.length;
      toDisk.push(this.#toDisk(packet));
    }
    const done = (error: Error | undefined): void => {
      released();
      this.#written(toDisk.length, error);
    };
    const room = toDisk.length > 0 ? writer.write(toDisk, done) : undefined;
    if (corrupt) {
      this.#enqueue(corrupt.packet);
      return this.#refuse(corrupt.error);
    }
    if (!room) return mirrored;
    return mirrored ? Promise.all([room, mirrored]) : room;
  }

  #enqueue({ seqno, lastPacketInBlock, offsetInBlock, data, syncBlock }: ReceivedPacket): void {
    this.#endIsSynced = lastPacketInBlock && syncBlock;
    this.#responder?.enqueue({ seqno, lastPacketInBlock, endOffset: offsetInBlock + data.length });
  }

  #firstCorrupt(packets: readonly ReceivedPacket[]) {
    const { checksum, replica } = this.#options;
    for (const [index, packet] of packets.entries()) {
      if (packet.checksums.length === 0) continue;
      try {
        checksum.verify(packet.data, packet.checksums, packet.offsetInBlock, replica.name);
      } catch (error) {
        if (!isHadoopError(error, 'ChecksumException')) throw error;
        return { index, packet, error };
      }
    }
    return undefined;
  }

  /** @throws IOException for a packet that does not follow the one before, or has too few or many checksums */
  #check(packet: ReceivedPacket): void {
    this.#checkOrder(packet);
    const { offsetInBlock, data, checksums } = packet;
    this.#receivedLength = Math.max(this.#receivedLength, offsetInBlock + data.length);
    const expected = checksumLength(this.#options.checksum, data.length);
    if (checksums.length > 0 && checksums.length !== expected) {
      throw hadoopError(
        'IOException',
        `Invalid checksum length: received length is ${checksums.length} but expected length is ${expected}`,
      );
    }
  }

  #checkOrder(packet: ReceivedPacket): void {
    const { replica, upstream } = this.#options;
    if (packet.offsetInBlock > this.#receivedLength) {
      throw hadoopError(
        'IOException',
        `Received an out-of-sequence packet for ${replica.name}from ${upstream.remoteAddress} at offset ` +
          `${packet.offsetInBlock}. Expecting packet starting at ${this.#receivedLength}`,
      );
    }
    if (packet.offsetInBlock < 0) {
      throw hadoopError('IOException', `Got wrong offset during writeBlock(${replica.name}): ${packet.offsetInBlock}`);
    }
  }

  /** Resolves when the mirror's socket has room again; its failure is told to the writer, not to this node's disk. */
  #mirrorPackets(mirror: DataConnection, packets: readonly ReceivedPacket[], onSent: () => void): Promise<void> {
    const raw: Buffer[] = [];
    // Packets that lie one behind the other leave in one piece.
    for (const packet of packets) for (const piece of packet.raw) if (!extendLast(raw, piece)) raw.push(piece);
    const { sendTimer } = this.#options;
    const room = sendTimer ? sendTimer.sendRaw(mirror, raw, packets.length, onSent) : mirror.sendRaw(raw, onSent);
    return room.catch((e: unknown) => {
      this.#dropMirror(e);
      this.#responder?.mirrorFailed();
    });
  }

  #dropMirror(error: unknown): void {
    const mirror = this.#mirror;
    if (!mirror) return;
    this.#mirror = undefined;
    this.#mirrorLost = true;
    if (this.#allReceived) void this.#awaitWriterLeaving();
    this.#context.metrics.DatanodeNetworkErrors++;
    const { replica } = this.#options;
    this.#context.log.info({ block: replica.name, mirror: mirror.remoteAddress, err: error }, 'mirror failed');
    mirror.destroy();
  }

  /** A writer that was told of its lost mirror gets no further ack: this node is through with it when it has gone. */
  async #awaitWriterLeaving(): Promise<void> {
    await discardRest(this.#options.upstream);
    this.#responder?.fail(hadoopError('IOException', `The next node of ${this.#options.replica.name} has failed`));
  }

  #toDisk(packet: ReceivedPacket): WritablePacket {
    const { spec } = this.#options.writer;
    const { offsetInBlock, data, syncBlock } = packet;
    const isMissing = packet.checksums.length === 0 && spec.type !== 'NULL';
    const mustCompute = data.length > 0 && (this.#translates || isMissing);
    const checksums = mustCompute ? new DataChecksum(spec.type, spec.bytesPerChecksum).compute(data) : packet.checksums;
    return { offsetInBlock, data, checksums, syncBlock };
  }

  #written(count: number, error: Error | undefined): void {
    if (!error) {
      this.#responder?.writeCompleted(count);
      return;
    }
    if (this.#writeError) return;
    // A node whose disk fails leaves: its neighbours see the connection end, and the writer's recovery does the rest.
    this.#writeError = error;
    this.#responder?.fail(error);
    this.#options.upstream.destroy(error);
  }

  /** The data does not match its checksums: the sender is told, and this node is through with the block. */
  async #refuse(error: HadoopError): Promise<never> {
    const { replica, writer, upstream, source } = this.#options;
    this.#context.log.warn({ block: replica.name, from: upstream.remoteAddress, err: error }, 'checksum error');
    if (this.#responder) {
      await writer.drain();
      this.#responder.writeCompleted(1, Status.ERROR_CHECKSUM);
      await settled(this.#responder.done);
      const timer = setTimeout(() => upstream.destroy(), REFUSAL_HEARD_MS);
      await discardRest(upstream);
      clearTimeout(timer);
    } else if (source) {
      this.#context.events.bad(replica.block, source);
    }
    throw hadoopError(
      'IOException',
      `Unexpected checksum mismatch while writing ${replica.name} from ${upstream.remoteAddress}: ${error.message}`,
    );
  }

  async #complete(): Promise<void> {
    const { syncOnClose } = this.#context.settings;
    await this.#options.writer.close(syncOnClose && !this.#endIsSynced);
    if (this.#writeError) throw this.#writeError;
    await this.#options.complete(syncOnClose || this.#endIsSynced);
    this.#context.metrics.BlocksWritten++;
  }
}

/** Reads and drops what still comes: closing with unread bytes would reset the connection and lose the last ack. */
async function discardRest(upstream: DataConnection): Promise<void> {
  try {
    for (;;) (await upstream.receivePacket()).release();
  } catch {
    // The writer has closed the connection, as it should.
  }
}

function bytesOf(packets: readonly ReceivedPacket[]): number {
  return packets.reduce((bytes, packet) => bytes + packet.data.length, 0);
}
