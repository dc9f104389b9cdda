/** Writes the packets of one block to the replica's two files. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { errorOf, hadoopError } from '../../runtime/errors.ts';
import { isDiskError, isNoRoom } from '../../runtime/files/disk-errors.ts';
import { readFully, writeFully, writeFullySync } from '../../runtime/files/file-io.ts';
import { type ChecksumSpec, checksumSizeOf, META_HEADER_BYTES, metaLength } from './meta-header.ts';
import { type PacketPlan, planPacket } from './packet-plan.ts';
import { accountWritten } from './replica-changes.ts';
import { closeReplicaFiles, createReplicaFiles, type OpenReplica, openStored } from './replica-files.ts';
import type { ReplicaEvent } from './replica-state.ts';
import type { StoredReplica } from './stored-replica.ts';
import { newData, type Parts, type PlannedPacket, partsOf, type WritablePacket } from './write-parts.ts';

/** Called when the packets of one `write` are written, in the order of the writes; with the error if they are not. */
export type WriteDone = (error: Error | undefined) => void;

interface Item extends PlannedPacket {
  /** Set for the last packet of a `write`. */
  readonly done: WriteDone | undefined;
}

/** The most bytes that one write call of a thread gets. */
const BATCH_BYTES_MAX = 2 * 1024 * 1024;
/** While more bytes than this wait for the disk, the receiver waits too. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Appends packets to a replica's block file and meta file. On a fast volume each is written at once, without a thread. On
 * a slow one threads write: packets gather during a write and are then written together.
 */
export class ReplicaWriter {
  readonly spec: ChecksumSpec;
  readonly #stored: StoredReplica;
  readonly #dataFd: number;
  readonly #metaFd: number;
  readonly #checksum: DataChecksum;
  readonly #checksumSize: number;
  #items: Item[] = [];
  /** The length of the block once all waiting packets are written. */
  #plannedLength: number;
  #waitingBytes = 0;
  #writing = false;
  #error: Error | undefined;
  #closed = false;
  #directorySynced = false;
  #roomWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  private constructor(stored: StoredReplica, files: OpenReplica) {
    this.#stored = stored;
    this.#dataFd = files.dataFd;
    this.#metaFd = files.metaFd;
    this.spec = files.spec;
    this.#checksum = new DataChecksum(files.spec.type, files.spec.bytesPerChecksum);
    this.#checksumSize = checksumSizeOf(files.spec);
    this.#plannedLength = stored.state.bytesOnDisk;
  }

  /** Makes the files of a new replica. @throws EEXIST */
  static async create(stored: StoredReplica, spec: ChecksumSpec): Promise<ReplicaWriter> {
    const files = await createReplicaFiles(stored.paths, spec);
    accountWritten(stored, META_HEADER_BYTES);
    stored.noteSpec(spec);
    return new ReplicaWriter(stored, files);
  }

  /** Opens the files of a replica that is written further. */
  static async reopen(stored: StoredReplica): Promise<ReplicaWriter> {
    return new ReplicaWriter(stored, await openStored(stored, 'r+'));
  }

  /**
   * Takes packets that follow each other.
   * @returns if too many bytes wait for the disk, a promise to wait for before the next call
   * @throws IOException if a packet does not follow the one before it
   */
  write(packets: readonly WritablePacket[], done: WriteDone): Promise<void> | undefined {
    let mayWait = this.#writing || !this.#stored.volume.isFast;
    for (const [i, packet] of packets.entries()) {
      const plan = this.#plan(packet);
      this.#items.push({ packet, plan, done: i === packets.length - 1 ? done : undefined });
      this.#waitingBytes += packet.data.length;
      mayWait ||= packet.syncBlock || plan?.recompute !== undefined;
    }
    if (!mayWait) this.#writeNow();
    else if (!this.#writing) void this.#writeAll();
    if (this.#waitingBytes <= WAITING_BYTES_MAX) return undefined;
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  #plan({ offsetInBlock, data }: WritablePacket): PacketPlan | undefined {
    if (data.length === 0) return undefined;
    const plan = this.#planned(offsetInBlock, data.length);
    if (!plan) return undefined;
    this.#plannedLength = offsetInBlock + data.length;
    this.#stored.apply({ type: 'receive', endOffset: this.#plannedLength });
    return plan;
  }

  #planned(offsetInBlock: number, dataBytes: number): PacketPlan | undefined {
    const { bytesPerChecksum } = this.spec;
    try {
      return planPacket(this.#plannedLength, offsetInBlock, dataBytes, bytesPerChecksum);
    } catch (e) {
      const facts = {
        block: this.#stored.name,
        length: this.#plannedLength,
        offsetInBlock,
        dataBytes,
        bytesPerChecksum,
      };
      throw this.#stored.bugs.ofMachine('planPacket', facts, e);
    }
  }

  #writeNow(): void {
    const batch = this.#items.splice(0);
    if (!this.#error) {
      try {
        const parts = partsOf(batch, this.#checksumSize);
        if (parts.dataBytes > 0) this.#writePartsNow(parts);
      } catch (e) {
        this.#error = this.#failure(e);
      }
    }
    this.#finish(batch);
  }

  #writePartsNow(parts: Parts): void {
    const before = this.#stored.state.bytesOnDisk;
    this.#stored.applyWrite(this.#writeEvent(before, parts), () =>
      this.#stored.volume.writeNow(() => {
        writeFullySync(this.#dataFd, parts.data, before);
        writeFullySync(this.#metaFd, parts.meta, parts.metaPosition);
      }),
    );
    this.#account(before, parts);
  }

  /** Returns the failure of a write: of the disk, or a bug of ours that ends the DataNode. */
  #failure(thrown: unknown): Error {
    const { bugs, name, volume } = this.#stored;
    if (isDiskError(thrown)) volume.noteSuspect();
    return diskError(bugs.ofWork('ReplicaWriter.write', { block: name }, thrown), name);
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#items.length > 0) {
      const batch = this.#takeBatch();
      if (!this.#error) {
        try {
          await this.#writeBatch(batch);
        } catch (e) {
          this.#error = this.#failure(e);
        }
      }
      this.#finish(batch);
      this.#wake();
    }
    this.#writing = false;
    this.#wake();
  }

  #finish(batch: readonly Item[]): void {
    for (const { packet, done } of batch) {
      this.#waitingBytes -= packet.data.length;
      done?.(this.#error);
    }
  }

  /** Takes packets up to a limit. One whose checksum needs bytes on disk comes alone, one to be synced comes last. */
  #takeBatch(): Item[] {
    let bytes = 0;
    let count = 0;
    for (const { packet, plan } of this.#items) {
      if (count > 0 && (plan?.recompute || bytes + packet.data.length > BATCH_BYTES_MAX)) break;
      bytes += packet.data.length;
      count++;
      if (packet.syncBlock || plan?.recompute) break;
    }
    return this.#items.splice(0, count);
  }

  async #writeBatch(batch: readonly Item[]): Promise<void> {
    const parts = partsOf(batch, this.#checksumSize);
    const first = batch[0];
    if (first?.plan?.recompute) {
      parts.meta.unshift(await this.#recompute(first.plan.recompute, newData(first.packet, first.plan)));
    }
    const before = this.#stored.state.bytesOnDisk;
    const event = this.#writeEvent(before, parts);
    if (parts.dataBytes > 0) {
      // Packets that arrive during the write change the state too, so the event is tried here and applied afterwards.
      this.#stored.preview(event);
      this.#stored.volume.faults?.checkRoom();
      // Data is written first: after a kill between the two, the old checksum vouches for the acked bytes of the chunk.
      await writeFully(this.#dataFd, parts.data, before);
      await writeFully(this.#metaFd, parts.meta, parts.metaPosition);
    }
    if (batch.at(-1)?.packet.syncBlock) await this.#sync();
    if (parts.dataBytes === 0) return;
    this.#stored.apply(event);
    this.#account(before, parts);
  }

  async #sync(): Promise<void> {
    await this.#stored.volume.syncFiles(this.#dataFd, this.#metaFd);
    if (this.#directorySynced) return;
    // A loss of power that takes a file's name takes the file's bytes too (Hadoop: BlockReceiver.flushOrSync, once a writer).
    await this.#stored.syncDirectory();
    this.#directorySynced = true;
  }

  /** Returns the replica's event of a write behind its first `before` bytes. */
  #writeEvent(before: number, { dataBytes, meta }: Parts): Extract<ReplicaEvent, { type: 'write' }> {
    const endOffset = before + dataBytes;
    const isPartial = endOffset % this.spec.bytesPerChecksum !== 0;
    const checksums = meta.at(-1);
    const lastChecksum =
      isPartial && checksums?.length ? Buffer.from(checksums.subarray(-this.#checksumSize)) : undefined;
    return { type: 'write', endOffset, lastChecksum };
  }

  #account(before: number, { dataBytes }: Parts): void {
    const grown = dataBytes + metaLength(this.spec, before + dataBytes) - metaLength(this.spec, before);
    accountWritten(this.#stored, grown);
  }

  /** Returns the checksum of a chunk that is partly on disk. @throws IOException if that part does not match its checksum */
  async #recompute(part: NonNullable<PacketPlan['recompute']>, fresh: Buffer): Promise<Buffer> {
    const onDisk = Buffer.alloc(part.diskBytes);
    const stored = Buffer.alloc(this.#checksumSize);
    await readFully(this.#dataFd, onDisk, part.chunkStart);
    const position = META_HEADER_BYTES + (part.chunkStart / this.spec.bytesPerChecksum) * this.#checksumSize;
    await readFully(this.#metaFd, stored, position);
    const computed = this.#checksum.compute(onDisk);
    if (!computed.equals(stored)) {
      throw hadoopError(
        'IOException',
        `Partial CRC ${computed.readUInt32BE(0)} does not match value computed the last time file was closed ` +
          `${stored.readUInt32BE(0)}`,
      );
    }
    return this.#checksum.compute(Buffer.concat([onDisk, fresh.subarray(0, part.packetBytes)]));
  }

  #wake(): void {
    if (this.#waitingBytes <= WAITING_BYTES_MAX && this.#roomWaiters.length > 0) {
      const waiters = this.#roomWaiters;
      this.#roomWaiters = [];
      for (const wake of waiters) wake();
    }
    if (!this.#writing && this.#idleWaiters.length > 0) {
      const waiters = this.#idleWaiters;
      this.#idleWaiters = [];
      for (const wake of waiters) wake();
    }
  }

  /** Resolves when nothing waits for the disk. */
  async drain(): Promise<void> {
    while (this.#writing) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Writes waiting packets and closes the files. @param sync whether to fsync them (dfs.datanode.synconclose) */
  async close(sync = false): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.drain();
    try {
      if (sync && !this.#error) await this.#stored.volume.syncFiles(this.#dataFd, this.#metaFd);
    } finally {
      await closeReplicaFiles({ dataFd: this.#dataFd, metaFd: this.#metaFd });
    }
  }
}

function diskError(thrown: unknown, block: string): Error {
  if (isNoRoom(thrown)) {
    return hadoopError(
      'DiskOutOfSpaceException',
      `Insufficient space for writing ${block}: No space left on device`,
      thrown,
    );
  }
  return errorOf(thrown);
}
