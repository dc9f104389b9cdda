import { DataChecksum } from '../protocol/checksum.ts';
import { hadoopError } from '../protocol/errors.ts';
import type { BlockStore } from './block-store.ts';
import { readFully, syncFile, writeFully, writeFullySync } from './file-io.ts';
import { type ChecksumSpec, checksumSizeOf, META_HEADER_BYTES, metaLength } from './meta-header.ts';
import { type PacketPlan, planPacket } from './packet-plan.ts';
import { closeReplicaFiles, createReplicaFiles, type OpenReplica, openReplicaFiles } from './replica-files.ts';
import type { StoredReplica } from './stored-replica.ts';

/** A packet's share of the block, with checksums of the kind that is on disk. */
export interface WritablePacket {
  readonly offsetInBlock: number;
  readonly data: Buffer;
  readonly checksums: Buffer;
  /** fsync before it counts as written. */
  readonly syncBlock: boolean;
}

/** Called in the order of the packets, when one is written. */
export type WriteDone = (error: Error | undefined) => void;

interface Item {
  readonly packet: WritablePacket;
  /** Undefined for a packet that brings nothing new. */
  readonly plan: PacketPlan | undefined;
  readonly done: WriteDone;
}

/** Bytes that are handed to a thread together. */
const BATCH_BYTES_MAX = 2 * 1024 * 1024;
/** Bytes that may wait for the disk before the receiver has to. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Appends packets to a replica's block and meta file, each at once while the volume is fast. On a slow one threads do
 * it: packets gather while one write is under way and go to disk together, the slower the disk, the more of them.
 */
export class ReplicaWriter {
  readonly spec: ChecksumSpec;
  readonly #stored: StoredReplica;
  readonly #store: BlockStore;
  readonly #dataFd: number;
  readonly #metaFd: number;
  readonly #checksum: DataChecksum;
  readonly #checksumSize: number;
  #items: Item[] = [];
  /** Length of the block when all that waits is written. */
  #plannedLength: number;
  #waitingBytes = 0;
  #writing = false;
  #error: Error | undefined;
  #closed = false;
  #roomWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  private constructor(stored: StoredReplica, store: BlockStore, files: OpenReplica) {
    this.#stored = stored;
    this.#store = store;
    this.#dataFd = files.dataFd;
    this.#metaFd = files.metaFd;
    this.spec = files.spec;
    this.#checksum = new DataChecksum(files.spec.type, files.spec.bytesPerChecksum);
    this.#checksumSize = checksumSizeOf(files.spec);
    this.#plannedLength = stored.state.bytesOnDisk;
  }

  /** Makes the files of a new replica. @throws IOException when they exist */
  static async create(stored: StoredReplica, store: BlockStore, spec: ChecksumSpec): Promise<ReplicaWriter> {
    const files = await createReplicaFiles(stored.paths, spec);
    store.accountWritten(stored, META_HEADER_BYTES);
    return new ReplicaWriter(stored, store, files);
  }

  /** Opens the files of a replica that is written further. */
  static async reopen(stored: StoredReplica, store: BlockStore): Promise<ReplicaWriter> {
    return new ReplicaWriter(stored, store, await openReplicaFiles(stored.paths, 'r+'));
  }

  /**
   * Takes a packet.
   * @returns a promise to wait for before the next packet is given, when too much waits for the disk
   * @throws IOException when the packet does not follow what was given before
   */
  write(packet: WritablePacket, done: WriteDone): Promise<void> | undefined {
    const { offsetInBlock, data } = packet;
    const plan =
      data.length === 0
        ? undefined
        : planPacket(this.#plannedLength, offsetInBlock, data.length, this.spec.bytesPerChecksum);
    if (plan) {
      this.#plannedLength = offsetInBlock + data.length;
      this.#stored.apply({ type: 'receive', endOffset: this.#plannedLength });
    }
    const mayWait = this.#writing || packet.syncBlock || plan?.recompute !== undefined || !this.#stored.volume.isFast;
    if (!mayWait) {
      this.#writeNow({ packet, plan, done });
      return undefined;
    }
    this.#items.push({ packet, plan, done });
    this.#waitingBytes += data.length;
    if (!this.#writing) void this.#writeAll();
    if (this.#waitingBytes <= WAITING_BYTES_MAX) return undefined;
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  #writeNow({ packet, plan, done }: Item): void {
    if (plan && !this.#error) {
      const { data, checksums } = this.#newParts(packet, plan);
      const before = this.#stored.state.bytesOnDisk;
      try {
        this.#stored.volume.writeNow(() => {
          writeFullySync(this.#dataFd, data, before);
          writeFullySync(this.#metaFd, checksums, this.#metaPosition(plan));
        });
        this.#written(before, before + data.length, checksums);
      } catch (e) {
        this.#error = diskError(e, this.#stored.name);
      }
    }
    done(this.#error);
  }

  /** What a packet brings that is not on disk. */
  #newParts(packet: WritablePacket, plan: PacketPlan): { data: Buffer; checksums: Buffer } {
    const checksums = packet.checksums.subarray(plan.checksumSkip * this.#checksumSize);
    return { data: plan.dataSkip > 0 ? packet.data.subarray(plan.dataSkip) : packet.data, checksums };
  }

  #metaPosition(plan: PacketPlan): number {
    return META_HEADER_BYTES + plan.firstChunk * this.#checksumSize;
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#items.length > 0) {
      const batch = this.#takeBatch();
      if (!this.#error) {
        try {
          await this.#writeBatch(batch);
        } catch (e) {
          this.#error = diskError(e, this.#stored.name);
        }
      }
      for (const item of batch) {
        this.#waitingBytes -= item.packet.data.length;
        item.done(this.#error);
      }
      this.#wake();
    }
    this.#writing = false;
    this.#wake();
  }

  /** Packets up to a limit; one whose checksum needs what is on disk goes alone, one to be synced goes last. */
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
    const data: Uint8Array[] = [];
    const meta: Uint8Array[] = [];
    let metaPosition = -1;
    let metaEnd = 0;
    let bytes = 0;
    const before = this.#stored.state.bytesOnDisk;
    for (const { packet, plan } of batch) {
      if (!plan) continue;
      const { data: fresh, checksums } = this.#newParts(packet, plan);
      data.push(fresh);
      bytes += fresh.length;
      if (this.#checksumSize === 0) continue;
      const position = this.#metaPosition(plan);
      if (metaPosition < 0) metaPosition = position;
      else if (position < metaEnd) cutEnd(meta, metaEnd - position);
      if (plan.recompute) meta.push(await this.#recompute(plan.recompute, fresh));
      if (checksums.length > 0) meta.push(checksums);
      metaEnd = position + (plan.recompute ? this.#checksumSize : 0) + checksums.length;
    }
    if (bytes > 0) {
      await Promise.all([
        writeFully(this.#dataFd, data, before),
        meta.length > 0 ? writeFully(this.#metaFd, meta, metaPosition) : undefined,
      ]);
    }
    if (batch.at(-1)?.packet.syncBlock) await Promise.all([syncFile(this.#dataFd), syncFile(this.#metaFd)]);
    if (bytes > 0) this.#written(before, before + bytes, meta.at(-1));
  }

  #written(before: number, endOffset: number, checksums: Uint8Array | undefined): void {
    const isPartial = endOffset % this.spec.bytesPerChecksum !== 0;
    const lastChecksum =
      isPartial && checksums?.length ? Buffer.from(checksums.subarray(-this.#checksumSize)) : undefined;
    this.#stored.apply({ type: 'write', endOffset, lastChecksum });
    const grown = endOffset - before + metaLength(this.spec, endOffset) - metaLength(this.spec, before);
    this.#store.accountWritten(this.#stored, grown);
  }

  /** Checksum of a chunk of which a part is on disk, where it must match the checksum that it has there. */
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

  /** Writes what waits and closes the files. @param sync with fsync (dfs.datanode.synconclose) */
  async close(sync = false): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.drain();
    try {
      if (sync && !this.#error) await Promise.all([syncFile(this.#dataFd), syncFile(this.#metaFd)]);
    } finally {
      await closeReplicaFiles({ dataFd: this.#dataFd, metaFd: this.#metaFd });
    }
  }
}

function cutEnd(buffers: Uint8Array[], count: number): void {
  let left = count;
  while (left > 0) {
    const last = buffers.pop();
    if (!last) throw new Error('checksums out of order');
    if (last.length > left) buffers.push(last.subarray(0, last.length - left));
    left -= Math.min(left, last.length);
  }
}

function diskError(thrown: unknown, block: string): Error {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return hadoopError(
      'DiskOutOfSpaceException',
      `Insufficient space for writing ${block}: No space left on device`,
      thrown,
    );
  }
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
