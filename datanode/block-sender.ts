import type { Clock } from '../conf/runtime.ts';
import { DataChecksum } from '../protocol/checksum.ts';
import type { DataConnection } from '../protocol/data-connection.ts';
import { encodePacketHead } from '../protocol/data-transfer.ts';
import { hadoopError } from '../protocol/errors.ts';
import type { ExtendedBlockProto } from '../protocol/gen/messages.ts';
import { formatBlock } from './block-layout.ts';
import type { BlockStore } from './block-store.ts';
import { closeFile, fileLength, openFile, readFully } from './file-io.ts';
import { type ChecksumSpec, checksumSizeOf, META_HEADER_BYTES } from './meta-header.ts';
import { settled } from './promises.ts';
import { alignRead, type ReadRange } from './read-range.ts';
import { type Replica, visibleLength } from './replica.ts';
import { readMetaHeader } from './replica-files.ts';
import { describeReplica } from './replica-rules.ts';
import type { StoredReplica } from './stored-replica.ts';

/** Data of one packet. */
const PACKET_DATA_BYTES = 64 * 1024;
/** Data read from disk at once; the next such piece is read while this one is sent. */
const READ_BYTES = 512 * 1024;
/** How long a read of a block being written waits for the bytes asked for (Hadoop: 3 s). */
const GROWTH_WAIT_MS = 3000;
/** Chunk size that reads without checksums are aligned to. */
const PLAIN_CHUNK_BYTES = 512;

export interface ReadRequest {
  readonly block: ExtendedBlockProto;
  readonly offset: number;
  /** -1: to the visible end. */
  readonly length: number;
  readonly sendChecksums: boolean;
  /** Send the data even when there are no checksums of it. */
  readonly corruptChecksumOk: boolean;
}

interface Piece {
  readonly offset: number;
  readonly data: Buffer;
  readonly checksums: Buffer;
}

/** Sends a range of a replica as packets, with the checksums that lie on disk: the reader is who verifies them. */
export class BlockSender {
  /** What packets will carry. */
  readonly checksum: DataChecksum;
  /** What will be sent: at least what was asked for, in whole chunks. */
  readonly range: ReadRange;
  readonly #name: string;
  readonly #dataFd: number;
  readonly #metaFd: number | undefined;
  /** Set when the range ends in the chunk that is being written: its checksum on disk may be ahead of the data. */
  readonly #lastChecksum: 'compute' | Uint8Array | undefined;

  private constructor(
    name: string,
    files: { dataFd: number; metaFd: number | undefined },
    checksum: DataChecksum,
    range: ReadRange,
    lastChecksum: 'compute' | Uint8Array | undefined,
  ) {
    this.#name = name;
    this.#dataFd = files.dataFd;
    this.#metaFd = files.metaFd;
    this.checksum = checksum;
    this.range = range;
    this.#lastChecksum = lastChecksum;
  }

  /**
   * Finds the replica and opens its files; they stay readable when the replica moves or goes.
   * @throws ReplicaNotFoundException, IOException with Hadoop's words
   */
  static async open(store: BlockStore, clock: Clock, request: ReadRequest): Promise<BlockSender> {
    const stored = store.get(request.block);
    const name = formatBlock(request.block);
    if (stored.state.kind === 'RBW') await waitForLength(stored, clock, request.offset + request.length);
    const state = checkReadable(stored.state, request.block, name);
    const files = await stored.exclusive(() => openFiles(stored, request));
    try {
      const spec = files.spec ?? ({ type: 'NULL', bytesPerChecksum: PLAIN_CHUNK_BYTES } satisfies ChecksumSpec);
      const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum);
      const lengths = { visibleLength: visibleLength(state), bytesOnDisk: state.bytesOnDisk };
      const range = alignRead(request, lengths, spec.bytesPerChecksum, name);
      const endsInOpenChunk = range.end === state.bytesOnDisk && range.end % spec.bytesPerChecksum !== 0;
      const last = state.kind === 'RBW' && endsInOpenChunk ? (state.lastChecksum ?? 'compute') : undefined;
      return new BlockSender(name, files, checksum, range, last);
    } catch (e) {
      await closeFile(files.dataFd);
      if (files.metaFd !== undefined) await closeFile(files.metaFd);
      throw e;
    }
  }

  /** Sends the range and the empty packet that ends it. @returns bytes of data sent */
  async send(connection: DataConnection): Promise<number> {
    const { start, end } = this.range;
    let seqno = 0;
    let next = start < end ? this.#read(start) : undefined;
    try {
      while (next) {
        const piece = await next;
        const pieceEnd = piece.offset + piece.data.length;
        next = pieceEnd < end ? this.#read(pieceEnd) : undefined;
        const buffers = this.#packets(piece, seqno);
        seqno += Math.ceil(piece.data.length / PACKET_DATA_BYTES);
        await connection.sendRaw(buffers);
      }
    } finally {
      // A read ahead whose bytes nobody wants must not outlive the descriptor.
      await settled(next);
    }
    const last = { offsetInBlock: end, seqno, lastPacketInBlock: true, syncBlock: false };
    await connection.sendRaw([encodePacketHead(last, 0, 0)]);
    return end - start;
  }

  /** The wire form of a piece, several packets. */
  #packets(piece: Piece, firstSeqno: number): Uint8Array[] {
    const { bytesPerChecksum, checksumSize } = this.checksum;
    const buffers: Uint8Array[] = [];
    let seqno = firstSeqno;
    for (let at = 0; at < piece.data.length; at += PACKET_DATA_BYTES, seqno++) {
      const data = piece.data.subarray(at, at + PACKET_DATA_BYTES);
      const from = (at / bytesPerChecksum) * checksumSize;
      const to = from + Math.ceil(data.length / bytesPerChecksum) * checksumSize;
      const header = { offsetInBlock: piece.offset + at, seqno, lastPacketInBlock: false, syncBlock: false };
      buffers.push(encodePacketHead(header, to - from, data.length));
      if (to > from) buffers.push(piece.checksums.subarray(from, to));
      buffers.push(data);
    }
    return buffers;
  }

  async #read(offset: number): Promise<Piece> {
    const { bytesPerChecksum, checksumSize } = this.checksum;
    const { end } = this.range;
    const data = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - offset));
    const checksums = Buffer.allocUnsafe(Math.ceil(data.length / bytesPerChecksum) * checksumSize);
    const metaPosition = META_HEADER_BYTES + (offset / bytesPerChecksum) * checksumSize;
    const [dataRead, checksumsRead] = await Promise.all([
      readFully(this.#dataFd, data, offset),
      this.#metaFd === undefined ? 0 : readFully(this.#metaFd, checksums, metaPosition),
    ]);
    if (dataRead < data.length) {
      throw hadoopError('EOFException', `Block file of ${this.#name} ends at ${offset + dataRead}, expected ${end}`);
    }
    // Checksums that are missing are sent as zeros, so that the reader sees that something is wrong with them.
    checksums.fill(0, checksumsRead);
    if (this.#lastChecksum && checksumSize > 0 && offset + data.length === end) {
      const chunk = data.subarray(data.length - (end % bytesPerChecksum));
      const last = this.#lastChecksum === 'compute' ? this.checksum.compute(chunk) : this.#lastChecksum;
      checksums.set(last, checksums.length - checksumSize);
    }
    return { offset, data, checksums };
  }

  async close(): Promise<void> {
    await closeFile(this.#dataFd);
    if (this.#metaFd !== undefined) await closeFile(this.#metaFd);
  }
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

/** A reader told of bytes by one node may come to another before they do. */
async function waitForLength(stored: StoredReplica, clock: Clock, length: number): Promise<void> {
  const endMs = clock.monotonicMs() + GROWTH_WAIT_MS;
  while (stored.state.kind === 'RBW' && stored.state.bytesOnDisk < length) {
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) {
      const message = `Need ${length} bytes, but only ${stored.state.bytesOnDisk} bytes available`;
      throw hadoopError('IOException', message);
    }
    const growth = stored.growth();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, leftMs);
    });
    await Promise.race([growth.promise, timeout]);
    clearTimeout(timer);
    growth.cancel();
  }
}

async function openFiles(stored: StoredReplica, request: ReadRequest) {
  const { data, meta } = stored.paths;
  const dataFd = await openFile(data, 'r');
  if (!request.sendChecksums) return { dataFd, metaFd: undefined, spec: undefined };
  try {
    const metaFd = await openMeta(meta, stored, request.corruptChecksumOk);
    if (metaFd === undefined) return { dataFd, metaFd, spec: undefined };
    try {
      // A meta file without checksums, or one cut short, has none to send.
      if ((await fileLength(metaFd)) <= META_HEADER_BYTES && stored.state.bytesOnDisk > 0) {
        await closeFile(metaFd);
        return { dataFd, metaFd: undefined, spec: undefined };
      }
      const spec = await readMetaHeader(metaFd, meta);
      return { dataFd, metaFd: checksumSizeOf(spec) > 0 ? metaFd : await closed(metaFd), spec };
    } catch (e) {
      await closeFile(metaFd);
      throw e;
    }
  } catch (e) {
    await closeFile(dataFd);
    throw e;
  }
}

async function closed(fd: number): Promise<undefined> {
  await closeFile(fd);
  return undefined;
}

async function openMeta(path: string, stored: StoredReplica, mayMiss: boolean): Promise<number | undefined> {
  try {
    return await openFile(path, 'r');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    if (mayMiss) return undefined;
    throw hadoopError('FileNotFoundException', `Meta-data not found for ${stored.name}`, e);
  }
}
