/** Receives one block of a pipeline or a copy, writes it to disk and sends it on to the next node. */
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
import type { ReplicaWriter } from '../replicas/replica-writer.ts';
import { writeRestartMeta } from '../replicas/restart-meta.ts';
import type { ReplicaHolder, StoredReplica } from '../replicas/stored-replica.ts';
import type { WritablePacket } from '../replicas/write-parts.ts';
import { PacketResponder } from './packet-responder.ts';

export interface ReceiverOptions {
  readonly replica: StoredReplica;
  readonly writer: ReplicaWriter;
  /** The connection that the packets come from. */
  readonly upstream: DataConnection;
  /** The next node of the pipeline; undefined at its tail. */
  readonly mirror: DataConnection | undefined;
  /** Measures the time that sends to the mirror take; undefined if that time is not measured. */
  readonly sendTimer?: SendTimer | undefined;
  /** The kind of checksums that the packets carry. */
  readonly checksum: DataChecksum;
  /** True for a client's pipeline, which has acks. A copy between DataNodes has none, and every node verifies it. */
  readonly isPipeline: boolean;
  /** The DataNode whose replica is reported as corrupt if a copy's checksums are wrong. */
  readonly source: DatanodeInfoProto | undefined;
  /** Limits the rate of a copy for the balancer. */
  readonly throttler?: DataTransferThrottler;
  /**
   * Makes the block final. Runs when all packets are on disk and the files are closed, before the last ack is sent.
   * @param sync true if the replica must survive a loss of power
   */
  readonly complete: (sync: boolean) => Promise<void>;
}

/** Bytes of packets that one turn takes: packets that arrived together are sent on, written and acked together. */
const TURN_BYTES_MAX = 512 * 1024;
/** Time that a writer has to read a refusal before its connection is cut. */
const REFUSAL_HEARD_MS = 3000;

/**
 * Receives one block (Hadoop: BlockReceiver). Each packet goes to disk and to the next node at once. Its ack goes
 * upstream when this node has written the packet and the next node has acked it. Every queue is bounded, so that a slow
 * disk or a slow neighbour slows the writer.
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
      const onMirrorError = (e: Error): void => this.#dropMirror(e);
      const onFailure = (e: Error): void => upstream.destroy(e);
      const { faults, flagOf } = context;
      const reactions = { finalize, onMirrorError, onFailure };
      this.#responder = new PacketResponder({ replica, upstream, mirror, ...reactions, faults, flagOf });
    }
    replica.writer = this;
  }

  /**
   * Resolves when the block is complete and its last ack is sent. On any failure the files are closed, and the replica
   * of a client's pipeline stays as it is, for the pipeline's recovery.
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
    // The caller of receive() gets the error. Here only the end matters.
    await settled(this.#done);
  }

  async leaveForRestart(): Promise<void> {
    const { replica } = this.#options;
    const { clock, log, settings } = this.#context;
    // A copy has no client that could wait for the restart. The copy fails, and can be ordered again.
    if (!this.#responder) return;
    log.info({ block: replica.name }, 'Sending an out of band ack of type OOB_RESTART');
    const noted = writeRestartMeta(replica, clock.now() + settings.restartReplicaExpiryMs).catch((e: unknown) => {
      const err = this.#context.bugs.failureOf('BlockReceiver.leaveForRestart', { block: replica.name }, e);
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
      // All packets are here, so the writer may be silent from now on. Only the silence of the mirror is limited.
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

  /** Ends the reception after a failed write to disk, even if the writer sends more. @throws the error of that write */
  #checkDisk(): void {
    if (!this.#writeError) return;
    this.#options.upstream.destroy(this.#writeError);
    throw this.#writeError;
  }

  /**
   * Sends packets to the mirror and to the disk. Returns a promise that resolves when both have room for more packets;
   * undefined if they have room now.
   */
  #take(packets: readonly ReceivedPacket[]): Promise<unknown> | undefined {
    const { writer } = this.#options;
    for (const packet of packets) this.#check(packet);
    // The packets' memory is used again once neither the disk nor the mirror's socket needs it.
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
      void settled(mirrored);
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

  /** @throws IOException if a gap lies before the packet, or if the packet has too few or too many checksums */
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

  /** Sends packets to the mirror. Resolves when its socket has room again, or when it has failed and is dropped. */
  #mirrorPackets(mirror: DataConnection, packets: readonly ReceivedPacket[], onSent: () => void): Promise<void> {
    const raw: Buffer[] = [];
    // Packets that are adjacent in memory are sent as one buffer.
    for (const packet of packets) for (const piece of packet.raw) if (!extendLast(raw, piece)) raw.push(piece);
    const { sendTimer } = this.#options;
    const room = sendTimer ? sendTimer.sendRaw(mirror, raw, packets.length, onSent) : mirror.sendRaw(raw, onSent);
    return room.catch((e: unknown) => {
      const { bugs } = this.#context;
      this.#dropMirror(bugs.failureOf('BlockReceiver.mirrorPackets', { block: this.#options.replica.name }, e));
      this.#responder?.mirrorFailed();
    });
  }

  #dropMirror(error: Error): void {
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

  /**
   * Ends the reception when the writer closes its connection. After an ack that names the lost mirror, the writer gets
   * no further ack, so no ack can end the reception.
   */
  async #awaitWriterLeaving(): Promise<void> {
    await this.#discardRest();
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
    // A node whose disk fails leaves the pipeline: its neighbours see the connections end, and the client recovers.
    this.#writeError = error;
    this.#responder?.fail(error);
    this.#options.upstream.destroy(error);
  }

  /** Refuses data that does not match its checksums and ends the reception. @throws IOException always */
  async #refuse(error: HadoopError): Promise<never> {
    const { replica, writer, upstream, source } = this.#options;
    this.#context.log.warn({ block: replica.name, from: upstream.remoteAddress, err: error }, 'checksum error');
    if (this.#responder) {
      await writer.drain();
      this.#responder.writeCompleted(1, Status.ERROR_CHECKSUM);
      await settled(this.#responder.done);
      const timer = setTimeout(() => upstream.destroy(), REFUSAL_HEARD_MS);
      await this.#discardRest();
      clearTimeout(timer);
    } else if (source) {
      this.#context.events.bad(replica.block, source);
    }
    throw hadoopError(
      'IOException',
      `Unexpected checksum mismatch while writing ${replica.name} from ${upstream.remoteAddress}: ${error.message}`,
    );
  }

  /** Reads and drops packets: closing with unread bytes would reset the connection, and the last ack would be lost. */
  async #discardRest(): Promise<void> {
    const { upstream, replica } = this.#options;
    try {
      for (;;) (await upstream.receivePacket()).release();
    } catch (e) {
      // A failure means that the writer has closed its connection, which this loop waits for. Only a bug is told.
      this.#context.bugs.ofWork('BlockReceiver.discardRest', { block: replica.name }, e);
    }
  }

  async #complete(): Promise<void> {
    const { syncOnClose } = this.#context.settings;
    await this.#options.writer.close(syncOnClose && !this.#endIsSynced);
    if (this.#writeError) throw this.#writeError;
    await this.#options.complete(syncOnClose || this.#endIsSynced);
    this.#context.metrics.BlocksWritten++;
  }
}

function bytesOf(packets: readonly ReceivedPacket[]): number {
  return packets.reduce((bytes, packet) => bytes + packet.data.length, 0);
}
