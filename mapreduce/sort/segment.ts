/** The format of spilled and shuffled records: its writer, its reader, and a checker for its transfer. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { ByteSink, VarintReader } from './byte-sink.ts';

/**
 * A segment has the sorted records of one partition, as they are spilled, shuffled and merged. Hadoop calls it an IFile.
 *
 *     ┌────────────┬──────────────┬────────────┐
 *     │ length u32 │ data         │ CRC32C u32 │  … one or more chunks of whole records, each about 64 KiB
 *     ├────────────┼──────────────┴────────────┘
 *     │ 0      u32 │ records u32 │                the end: a segment without it was cut off
 *     └────────────┴─────────────┘
 *     record = key length varint, value length varint, key, value
 *
 * The data of each chunk may be compressed; the checksum is over the bytes as they lie there.
 */
const CHUNK_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;
const CRC_BYTES = 4;
const CHECKSUM = new DataChecksum('CRC32C', 2 ** 30);
const SEGMENT_END_BYTES = 8;

/** Thrown for bytes that are damaged, cut off, or no segment. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

/** Compresses and decompresses the data of chunks. */
export interface SegmentCodec {
  compress(bytes: Uint8Array): Buffer;
  decompress(bytes: Uint8Array): Buffer;
}

export interface SegmentSize {
  /** Length in bytes (Hadoop's SpillRecord: partLength). */
  readonly length: number;
  /** The same without compression (Hadoop: rawLength). */
  readonly rawLength: number;
  readonly records: number;
}

/** Writes one segment. `write` must not keep the bytes after it returns, because they are used again. */
export class SegmentWriter {
  readonly #write: (bytes: Buffer) => void;
  readonly #codec: SegmentCodec | undefined;
  readonly #chunk = new ByteSink(CHUNK_BYTES + 4096);
  #length = 0;
  #rawLength = 0;
  #records = 0;

  constructor(write: (bytes: Buffer) => void, codec?: SegmentCodec) {
    this.#write = write;
    this.#codec = codec;
    this.#beginChunk();
  }

  append(keyBytes: Buffer, keyStart: number, keyEnd: number, valueBytes: Buffer, valueStart: number, valueEnd: number) {
    const chunk = this.#chunk;
    chunk.varint(keyEnd - keyStart);
    chunk.varint(valueEnd - valueStart);
    if (valueBytes === keyBytes && valueStart === keyEnd) chunk.raw(keyBytes, keyStart, valueEnd);
    else {
      chunk.raw(keyBytes, keyStart, keyEnd);
      chunk.raw(valueBytes, valueStart, valueEnd);
    }
    this.#records++;
    if (chunk.length >= CHUNK_BYTES) this.#endChunk();
  }

  close(): SegmentSize {
    if (this.#chunk.length > LENGTH_BYTES) this.#endChunk();
    const end = Buffer.alloc(SEGMENT_END_BYTES);
    end.writeUInt32BE(this.#records, LENGTH_BYTES);
    this.#write(end);
    return { length: this.#length + end.length, rawLength: this.#rawLength + end.length, records: this.#records };
  }

  #beginChunk(): void {
    this.#chunk.clear();
    this.#chunk.reserve(LENGTH_BYTES);
    this.#chunk.length = LENGTH_BYTES;
  }

  #endChunk(): void {
    const chunk = this.#chunk;
    this.#rawLength += chunk.length + CRC_BYTES;
    if (this.#codec) {
      const data = this.#codec.compress(chunk.bytes.subarray(LENGTH_BYTES, chunk.length));
      chunk.length = LENGTH_BYTES;
      chunk.raw(data);
    }
    chunk.bytes.writeUInt32BE(chunk.length - LENGTH_BYTES, 0);
    chunk.raw(CHECKSUM.compute(chunk.bytes.subarray(LENGTH_BYTES, chunk.length)));
    this.#write(chunk.bytes.subarray(0, chunk.length));
    this.#length += chunk.length;
    this.#beginChunk();
  }
}

/** Returns the next `length` bytes of a segment. @throws SegmentError if there are fewer */
export type ReadExactly = (length: number) => Buffer;

/** Returns a reader of bytes in memory. */
export function readFromBytes(bytes: Buffer): ReadExactly {
  let position = 0;
  return (length) => {
    if (position + length > bytes.length) throw new SegmentError('A segment is cut off');
    position += length;
    return bytes.subarray(position - length, position);
  };
}

/**
 * Reads the records of a segment one after the other. The current record is two ranges of `bytes`: its key from keyStart to
 * keyEnd, and its value from keyEnd to valueEnd. They are valid until next().
 */
export class SegmentReader {
  bytes: Buffer = Buffer.alloc(0);
  keyStart = 0;
  keyEnd = 0;
  valueEnd = 0;
  readonly #read: ReadExactly;
  readonly #codec: SegmentCodec | undefined;
  readonly #varint = new VarintReader();
  #records = 0;
  #ended = false;

  constructor(read: ReadExactly, codec?: SegmentCodec) {
    this.#read = read;
    this.#codec = codec;
  }

  /** Moves to the next record. Returns false at the end. @throws SegmentError for a damaged segment */
  next(): boolean {
    if (this.valueEnd === this.bytes.length && !this.#nextChunk()) return false;
    this.#varint.position = this.valueEnd;
    const keyLength = this.#varint.read(this.bytes);
    const valueLength = this.#varint.read(this.bytes);
    this.keyStart = this.#varint.position;
    this.keyEnd = this.keyStart + keyLength;
    this.valueEnd = this.keyEnd + valueLength;
    if (this.valueEnd > this.bytes.length) throw new SegmentError('A record is longer than its chunk');
    this.#records++;
    return true;
  }

  #nextChunk(): boolean {
    if (this.#ended) return false;
    const length = this.#read(LENGTH_BYTES).readUInt32BE(0);
    if (length === 0) {
      this.#ended = true;
      checkRecords(this.#read(LENGTH_BYTES).readUInt32BE(0), this.#records);
      return false;
    }
    const chunk = this.#read(length + CRC_BYTES);
    const data = chunk.subarray(0, length);
    checkCrc(data, chunk.readUInt32BE(length));
    this.bytes = this.#codec ? this.#codec.decompress(data) : data;
    this.valueEnd = 0;
    return true;
  }
}

function checkCrc(data: Buffer, expected: number): void {
  if (CHECKSUM.compute(data).readUInt32BE(0) !== expected) throw new SegmentError('A checksum of a segment is wrong');
}

function checkRecords(expected: number, seen: number): void {
  if (expected !== seen) throw new SegmentError(`A segment has ${seen} records instead of ${expected}`);
}

/** Checks the checksums of a segment whose bytes arrive in pieces of any size, without keeping the bytes. */
export class SegmentVerifier {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #needed = LENGTH_BYTES;
  #state: 'length' | 'chunk' | 'end' | 'ended' = 'length';
  readonly #lengthMax: number;

  /** The length limits each chunk: a longer one is refused before its bytes are gathered. */
  constructor(segmentBytes: number) {
    this.#lengthMax = segmentBytes;
  }

  feed(piece: Buffer): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    while (this.#pendingBytes >= this.#needed && this.#state !== 'ended') this.#step(this.#takeNeeded());
    if (this.#state === 'ended' && this.#pendingBytes > 0) throw new SegmentError('A segment goes on after its end');
  }

  end(): void {
    if (this.#state !== 'ended') throw new SegmentError('A segment is cut off');
  }

  #takeNeeded(): Buffer {
    const first = this.#pending[0];
    const all = this.#pending.length === 1 && first ? first : Buffer.concat(this.#pending);
    const rest = all.subarray(this.#needed);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingBytes = rest.length;
    return all.subarray(0, this.#needed);
  }

  #step(bytes: Buffer): void {
    if (this.#state === 'length') {
      const length = bytes.readUInt32BE(0);
      if (length > this.#lengthMax) throw new SegmentError('A chunk is longer than its segment');
      this.#state = length === 0 ? 'end' : 'chunk';
      this.#needed = length === 0 ? LENGTH_BYTES : length + CRC_BYTES;
    } else if (this.#state === 'chunk') {
      const length = bytes.length - CRC_BYTES;
      checkCrc(bytes.subarray(0, length), bytes.readUInt32BE(length));
      this.#state = 'length';
      this.#needed = LENGTH_BYTES;
    } else {
      this.#state = 'ended';
      this.#needed = 0;
    }
  }
}
