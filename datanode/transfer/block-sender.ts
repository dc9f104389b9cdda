/** Sends a range of a replica as packets, for READ_BLOCK, COPY_BLOCK and copies to other DataNodes. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { encodePacketHead, PACKET_HEAD_BYTES } from '../../protocol/datatransfer/data-transfer.ts';
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { BufferPool } from '../../protocol/sockets/buffer-pool.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { closeFile, fileLength, openFile, readFully, readvFully } from '../../runtime/files/file-io.ts';
import { dropBytes } from '../../runtime/files/file-writes.ts';
import { Alarm, awaitedLater, settled } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import { CorruptReplica } from '../replicas/corrupt-replica.ts';
import {
  type ChecksumSpec,
  checkMetaLength,
  checksumSizeOf,
  META_HEADER_BYTES,
  metaLength,
} from '../replicas/meta-header.ts';
import { openMeta, readMetaHeader } from '../replicas/replica-files.ts';
import { describeReplica } from '../replicas/replica-rules.ts';
import { type Replica, visibleLength } from '../replicas/replica-state.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';
import { alignRead, type ReadRange } from './read-range.ts';

/** Bytes of data in one packet, unless that is no multiple of the chunk size (see packetDataBytes). */
const PACKET_DATA_BYTES = 64 * 1024;
/** Bytes of data that one read takes from disk. The next piece is read while this one is sent. */
const READ_BYTES = 512 * 1024;
/** Bytes of a piece on the wire with the usual checksums: 4 bytes for each 512 bytes of data. */
const WIRE_BYTES = READ_BYTES + (READ_BYTES / 512) * 4 + (READ_BYTES / PACKET_DATA_BYTES) * PACKET_HEAD_BYTES;
/** Buffers for pieces, which all readers of the process share. */
const wireBuffers = new BufferPool(WIRE_BYTES, 16);
/** Time that a read of a block that is being written waits for the requested bytes (Hadoop: 3 s). */
const GROWTH_WAIT_MS = 3000;
/** The chunk size to which reads without checksums are aligned. */
const PLAIN_CHUNK_BYTES = 512;

export interface ReadRequest {
  readonly block: ExtendedBlockProto;
  readonly offset: number;
  /** The number of bytes to send; -1 for all bytes up to the visible length. */
  readonly length: number;
  readonly sendChecksums: boolean;
}

/** Encoded packets for one write to the socket, in memory that is used again. */
interface Piece {
  readonly wire: Buffer;
  readonly packets: number;
  /** Offset in the block behind the packets' data. */
  readonly end: number;
  /** Gives the memory back. */
  readonly release: () => void;
}

/** Sends a range of a replica as packets, with the checksums on disk. The reader verifies them. */
export class BlockSender {
  /** The kind of checksums that the packets carry. */
  readonly checksum: DataChecksum;
  /** The range to send: the requested range, extended to whole chunks. */
  readonly range: ReadRange;
  readonly #stored: StoredReplica;
  /** The number of times that the replica had been cut short when this read began. */
  readonly #cuts: number;
  readonly #name: string;
  readonly #dataFd: number;
  readonly #metaFd: number | undefined;
  readonly #packetBytes: number;
  readonly #readBytes: number;
  /** Set if the range ends inside a chunk, whose checksum on disk changes when the replica is written further. */
  readonly #lastChecksum: 'compute' | Uint8Array | undefined;

  private constructor(
    of: { stored: StoredReplica; cuts: number },
    files: { dataFd: number; metaFd: number | undefined },
    checksum: DataChecksum,
    range: ReadRange,
    lastChecksum: 'compute' | Uint8Array | undefined,
  ) {
    this.#stored = of.stored;
    this.#cuts = of.cuts;
    this.#name = of.stored.name;
    this.#dataFd = files.dataFd;
    this.#metaFd = files.metaFd;
    this.checksum = checksum;
    this.#packetBytes = packetDataBytes(checksum.bytesPerChecksum);
    this.#readBytes = Math.max(1, Math.floor(READ_BYTES / this.#packetBytes)) * this.#packetBytes;
    this.range = range;
    this.#lastChecksum = lastChecksum;
  }

  /**
   * Finds the replica and opens its files. They stay readable if the replica is moved or deleted.
   * @throws ReplicaNotFoundException, IOException with Hadoop's messages, CorruptReplica
   */
  static async open(store: BlockStore, clock: Clock, request: ReadRequest): Promise<BlockSender> {
    const stored = store.get(request.block);
    const name = formatBlock(request.block);
    if (stored.state.kind === 'RBW') await waitForLength(stored, clock, request.offset + request.length);
    // Files and state are read in one step, before any append that comes later changes the last chunk's checksum.
    const { state, cuts, files } = await stored.exclusive(async () => {
      const readable = checkReadable(stored.state, request.block, name);
      return { state: readable, cuts: stored.cuts, files: await openFiles(stored, readable, request) };
    });
    try {
      const spec = files.spec ?? ({ type: 'NULL', bytesPerChecksum: PLAIN_CHUNK_BYTES } satisfies ChecksumSpec);
      const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum);
      const lengths = { visibleLength: visibleLength(state), bytesOnDisk: state.bytesOnDisk };
      const range = alignRead(request, lengths, spec.bytesPerChecksum, name);
      const endsInOpenChunk = range.end === state.bytesOnDisk && range.end % spec.bytesPerChecksum !== 0;
      const last = endsInOpenChunk ? (files.lastChecksum ?? 'compute') : undefined;
      return new BlockSender({ stored, cuts }, files, checksum, range, last);
    } catch (e) {
      await closeFile(files.dataFd);
      if (files.metaFd !== undefined) await closeFile(files.metaFd);
      throw e;
    }
  }

  /** Sends the range and the empty packet behind it. Returns the number of bytes of data sent. */
  async send(connection: DataConnection, faults?: DatanodeFaults, throttler?: DataTransferThrottler): Promise<number> {
    const { start, end } = this.range;
    let seqno = 0;
    let next = start < end ? awaitedLater(this.#read(start, seqno)) : undefined;
    try {
      while (next) {
        const piece: Piece = await next;
        seqno += piece.packets;
        next = piece.end < end ? awaitedLater(this.#read(piece.end, seqno)) : undefined;
        const held = faults?.beforePackets(piece.packets);
        if (held) await held;
        await connection.sendRaw([piece.wire], piece.release);
        const throttled = throttler?.throttle(piece.wire.length);
        if (throttled) await throttled;
      }
    } finally {
      // A read that was started ahead must end before the descriptor is closed, even if its bytes are not sent.
      await settled(next);
    }
    const last = { offsetInBlock: end, seqno, lastPacketInBlock: true, syncBlock: false };
    await connection.sendRaw([encodePacketHead(last, 0, 0)]);
    return end - start;
  }

  /** Reads the data and checksums of several packets to their places on the wire, so that one write sends them all. */
  async #read(offset: number, firstSeqno: number): Promise<Piece> {
    const { bytesPerChecksum, checksumSize } = this.checksum;
    const end = Math.min(offset + this.#readBytes, this.range.end);
    const memory = wireBuffers.take(this.#wireBytes(end - offset));
    const data: Buffer[] = [];
    const checksums: Buffer[] = [];
    let at = 0;
    const part = (length: number): Buffer => {
      at += length;
      return memory.subarray(at - length, at);
    };
    for (let from = offset; from < end; from += this.#packetBytes) {
      const dataBytes = Math.min(this.#packetBytes, end - from);
      const checksumBytes = Math.ceil(dataBytes / bytesPerChecksum) * checksumSize;
      const seqno = firstSeqno + data.length;
      const header = { offsetInBlock: from, seqno, lastPacketInBlock: false, syncBlock: false };
      const head = encodePacketHead(header, checksumBytes, dataBytes);
      part(head.length).set(head);
      checksums.push(part(checksumBytes));
      data.push(part(dataBytes));
    }
    // After a failure the memory is left to the garbage collector: another read may still write to it.
    const metaPosition = META_HEADER_BYTES + (offset / bytesPerChecksum) * checksumSize;
    const [dataRead, checksumsRead] = await Promise.all([
      readvFully(this.#dataFd, data, offset),
      this.#metaFd === undefined ? 0 : readvFully(this.#metaFd, checksums, metaPosition),
    ]);
    const cutAt = this.#stored.shortestSince(this.#cuts);
    if (end > cutAt - (cutAt % bytesPerChecksum)) {
      // The bytes behind the cut were never acked, and the chunk's checksum may belong to either length.
      throw hadoopError('IOException', `${this.#name} was cut to ${cutAt} bytes while it was read`);
    }
    if (dataRead < end - offset) {
      const message = `Block file of ${this.#name} ends at ${offset + dataRead}, expected ${this.range.end}`;
      throw new CorruptReplica('data', message);
    }
    // Checksums that are missing are sent as zeros, so that the reader sees that something is wrong with them.
    for (const missing of dropBytes(checksums, checksumsRead)) missing.fill(0);
    if (end === this.range.end) this.#setLastChecksum(data.at(-1), checksums.at(-1));
    return { wire: memory.subarray(0, at), packets: data.length, end, release: () => wireBuffers.give(memory) };
  }

  #wireBytes(dataBytes: number): number {
    const heads = Math.ceil(dataBytes / this.#packetBytes) * PACKET_HEAD_BYTES;
    return heads + dataBytes + Math.ceil(dataBytes / this.checksum.bytesPerChecksum) * this.checksum.checksumSize;
  }

  #setLastChecksum(data: Buffer | undefined, checksums: Buffer | undefined): void {
    const { bytesPerChecksum, checksumSize } = this.checksum;
    if (!this.#lastChecksum || checksumSize === 0 || !data || !checksums) return;
    const chunk = data.subarray(data.length - (this.range.end % bytesPerChecksum));
    const last = this.#lastChecksum === 'compute' ? this.checksum.compute(chunk) : this.#lastChecksum;
    checksums.set(last, checksums.length - checksumSize);
  }

  async close(): Promise<void> {
    await closeFile(this.#dataFd);
    if (this.#metaFd !== undefined) await closeFile(this.#metaFd);
  }
}

/** Returns the bytes of data in one packet: whole chunks, at least one, because a packet has checksums of its own. */
function packetDataBytes(bytesPerChecksum: number): number {
  return Math.max(1, Math.floor(PACKET_DATA_BYTES / bytesPerChecksum)) * bytesPerChecksum;
}

function checkReadable(state: Replica, block: ExtendedBlockProto, name: string): Replica {
  if (state.generationStamp < block.generationStamp) {
    const message = `Replica gen stamp < block genstamp, block=${name}, replica=${describeReplica(state)}`;
    throw hadoopError('IOException', message);
  }
  if (visibleLength(state) < 0) {
    throw hadoopError('IOException', `Replica is not readable, block=${name}, replica=${describeReplica(state)}`);
  }
  return state.kind === 'RUR' ? state.original : state;
}

/** Waits for bytes that a reader knows of from another node and that have yet to come. @throws IOException */
async function waitForLength(stored: StoredReplica, clock: Clock, length: number): Promise<void> {
  const endMs = clock.monotonicMs() + GROWTH_WAIT_MS;
  while (stored.state.kind === 'RBW' && stored.state.bytesOnDisk < length) {
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) {
      const message = `Need ${length} bytes, but only ${stored.state.bytesOnDisk} bytes available`;
      throw hadoopError('IOException', message);
    }
    const growth = stored.growth();
    const limit = new Alarm();
    await Promise.race([growth.promise, limit.sleep(leftMs)]);
    limit.ring();
    growth.cancel();
  }
}

interface OpenForRead {
  readonly dataFd: number;
  readonly metaFd: number | undefined;
  readonly spec?: ChecksumSpec;
  readonly lastChecksum?: Uint8Array | undefined;
}

async function openFiles(stored: StoredReplica, state: Replica, request: ReadRequest): Promise<OpenForRead> {
  const { data, meta } = stored.paths;
  const dataFd = await openFile(data, 'r');
  if (!request.sendChecksums) return { dataFd, metaFd: undefined };
  try {
    const metaFd = await openMeta(meta, 'r');
    try {
      const spec = await readMetaHeader(metaFd, meta);
      stored.noteSpec(spec);
      checkMetaLength(spec, state.bytesOnDisk, await fileLength(metaFd), meta);
      if (checksumSizeOf(spec) === 0) return { dataFd, metaFd: await closed(metaFd), spec };
      return { dataFd, metaFd, spec, lastChecksum: await readLastChecksum(metaFd, spec, state) };
    } catch (e) {
      await closeFile(metaFd);
      throw e;
    }
  } catch (e) {
    await closeFile(dataFd);
    throw e;
  }
}

/** Returns the checksum of the partial last chunk; undefined if the data ends with a whole chunk. */
async function readLastChecksum(metaFd: number, spec: ChecksumSpec, state: Replica): Promise<Uint8Array | undefined> {
  if (state.bytesOnDisk % spec.bytesPerChecksum === 0) return undefined;
  // While the replica is written, the checksum on disk may be ahead of the data.
  if (state.kind === 'RBW') return state.lastChecksum;
  const checksum = Buffer.alloc(checksumSizeOf(spec));
  await readFully(metaFd, checksum, metaLength(spec, state.bytesOnDisk) - checksum.length);
  return checksum;
}

async function closed(fd: number): Promise<undefined> {
  await closeFile(fd);
  return undefined;
}
