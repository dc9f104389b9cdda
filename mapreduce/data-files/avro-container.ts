/** Avro's object container files: a header with the schema, then blocks of records, each with a sync mark behind it. */
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { hadoopError, isHadoopError, messageOf } from '../../runtime/errors.ts';
import { type AvroCodec, avroCodec, type LoadCodec } from './avro-codecs.ts';

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const SYNC_BYTES = 16;
const HEADER_BYTES = 16 * 1024;
const LONG_BYTES_MAX = 10;

export interface AvroHeader {
  readonly schema: string;
  readonly codec: string;
  readonly sync: Buffer;
  /** Offset in the file of the first block. */
  readonly end: number;
}

export interface AvroBlock {
  /** Offset in the file. */
  readonly offset: number;
  readonly count: number;
  readonly data: Buffer;
}

/** A position in bytes. A read beyond the end is an EOFException. */
class Cursor {
  at = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(length: number): Buffer {
    if (length < 0) throw hadoopError('IOException', `A length is negative: ${length}`);
    if (this.at + length > this.bytes.length) throw hadoopError('EOFException', 'the file ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Reads a number in zigzag encoding, seven bits a byte. */
  long(): number {
    let value = 0n;
    for (let i = 0; i < LONG_BYTES_MAX; i++) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw hadoopError('IOException', 'Invalid long encoding');
  }
}

/** Returns a number in zigzag encoding. */
export function longBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value) * 2n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

export function avroHeaderBytes(schema: string, codec: string, sync: Uint8Array): Buffer {
  const sized = (bytes: Buffer): Buffer => Buffer.concat([longBytes(bytes.length), bytes]);
  const meta = { 'avro.schema': schema, 'avro.codec': codec };
  const entries = Object.entries(meta).flatMap(([name, value]) => [
    sized(Buffer.from(name)),
    sized(Buffer.from(value)),
  ]);
  return Buffer.concat([MAGIC, longBytes(entries.length / 2), ...entries, longBytes(0), sync]);
}

function readHeader(bytes: Buffer, file: string): AvroHeader {
  const cursor = new Cursor(bytes);
  if (!cursor.take(MAGIC.length).equals(MAGIC)) throw hadoopError('IOException', `${file}: Not an Avro data file.`);
  const meta = new Map<string, string>();
  for (let count = cursor.long(); count !== 0; count = cursor.long()) {
    // A negative count is followed by the number of bytes.
    if (count < 0) cursor.long();
    for (let i = 0; i < Math.abs(count); i++) {
      const name = cursor.take(cursor.long()).toString();
      meta.set(name, cursor.take(cursor.long()).toString());
    }
  }
  const sync = Buffer.from(cursor.take(SYNC_BYTES));
  return { schema: meta.get('avro.schema') ?? 'null', codec: meta.get('avro.codec') ?? 'null', sync, end: cursor.at };
}

/** Reads the header of a file. @throws IOException for a file that is no Avro file */
export async function avroHeader(input: FileInput, file: string): Promise<AvroHeader> {
  for (let length = HEADER_BYTES; ; length *= 4) {
    const bytes = Buffer.from(await input.pread(0, length));
    try {
      return readHeader(bytes, file);
    } catch (e) {
      if (!isHadoopError(e, 'EOFException') || bytes.length < length) throw e;
    }
  }
}

export interface AvroPart {
  readonly file: string;
  readonly header: AvroHeader;
  readonly start: number;
  readonly end: number;
  readonly load: LoadCodec;
}

/**
 * Yields the decompressed blocks of a part of a file. A block belongs to the part in which the sync mark before it begins
 * (Avro: DataFileReader.sync and pastSync); the mark before the first block is the header's.
 * @throws HadoopError of the file and the offset
 */
export async function* avroBlocks(input: FileInput, part: AvroPart): AsyncGenerator<AvroBlock> {
  const { file, header, start, end } = part;
  const codec = await avroCodec(header.codec, part.load);
  // The mark of the header may lie in this part.
  const from = start <= header.end - SYNC_BYTES ? header.end - SYNC_BYTES : start;
  if (from >= end) return;
  let bytes: Buffer = Buffer.alloc(0);
  let base = from;
  let isAtMark = false;
  for await (const chunk of input.stream({ start: from, end: input.length })) {
    bytes = Buffer.concat([bytes, chunk]);
    if (!isAtMark) {
      const mark = bytes.indexOf(header.sync);
      const skipped = mark < 0 ? Math.max(0, bytes.length - SYNC_BYTES + 1) : mark;
      bytes = bytes.subarray(skipped);
      base += skipped;
      if (mark < 0) continue;
      isAtMark = true;
    }
    // Each turn takes a mark and the block behind it; the mark behind the block stays.
    for (;;) {
      if (base >= end) return;
      const found = blockAt(bytes, base, header, file);
      if (!found) break;
      yield { ...found.block, data: unpacked(codec, found.block, file) };
      bytes = bytes.subarray(found.next);
      base += found.next;
    }
  }
  if (isAtMark && bytes.length > SYNC_BYTES) {
    throw hadoopError('EOFException', `${file}: near offset ${base}: the file ends within a block`);
  }
}

function unpacked(codec: AvroCodec, { data, offset }: AvroBlock, file: string): Buffer {
  try {
    return codec.decompress(data);
  } catch (e) {
    throw hadoopError('IOException', `${file}: the block at offset ${offset} is damaged: ${messageOf(e)}`, e);
  }
}

/** Returns the block behind the mark with which the bytes begin. Undefined if it is not whole. */
function blockAt(
  bytes: Buffer,
  base: number,
  { sync }: AvroHeader,
  file: string,
): { readonly block: AvroBlock; readonly next: number } | undefined {
  const cursor = new Cursor(bytes);
  try {
    cursor.take(SYNC_BYTES);
    const count = cursor.long();
    const data = cursor.take(cursor.long());
    const next = cursor.at;
    if (!cursor.take(SYNC_BYTES).equals(sync)) {
      throw hadoopError('IOException', `${file}: near offset ${base + next}: Invalid sync!`);
    }
    return { block: { offset: base + SYNC_BYTES, count, data }, next };
  } catch (e) {
    if (isHadoopError(e, 'EOFException')) return undefined;
    throw e;
  }
}
