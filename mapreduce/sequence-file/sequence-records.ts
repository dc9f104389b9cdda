/** Reads the records of a part of a SequenceFile. */
import type { CodecEngine } from '../../client/codecs/codec.ts';
import { damage, isDamage } from '../../client/codecs/compressed-input.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { DataInput, vlongLength } from './data-input.ts';
import type { Header } from './header.ts';
import { type Writable, writableNamed } from './writables.ts';

export const SYNC_ESCAPE = -1;
const INT_BYTES = 4;
/** The buffers of a block: lengths of keys, keys, lengths of values, values. */
const BLOCK_BUFFERS = 4;
const NO_BYTES = Buffer.alloc(0);

export interface SequencePart {
  readonly file: string;
  readonly header: Header;
  readonly engine: CodecEngine | undefined;
  /** Offset in the file of the first of the bytes. */
  readonly from: number;
  /** Whether the bytes begin with a record or a sync mark. False: everything before the first sync mark is skipped. */
  readonly isAtRecord: boolean;
  /** The records from the first sync mark at this offset or behind it belong to the next part. */
  readonly end: number;
}

/** The decoded records of a block. */
interface Block {
  readonly keys: DataInput;
  readonly values: DataInput;
  left: number;
}

/**
 * Gives the records of a part one after the other. A run of records belongs to the part in which its sync mark begins, as
 * in Hadoop's SequenceFileRecordReader; the first run belongs to the part in which the header ends.
 */
export class SequenceRecords {
  key: unknown = undefined;
  value: unknown = undefined;
  /** Offset in the file of the current record; in a compressed block, of the block. */
  offset: number;
  readonly #part: SequencePart;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #key: Writable;
  readonly #value: Writable;
  readonly #mark: Buffer;
  #bytes: Buffer = NO_BYTES;
  /** Offset in the file of the first of #bytes. */
  #base: number;
  /** Index in #bytes of the next byte. */
  #at = 0;
  #isAtRecord: boolean;
  #ended = false;
  #block: Block | undefined;

  constructor(part: SequencePart, bytes: AsyncIterable<Uint8Array>) {
    this.#part = part;
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#key = writableNamed(part.header.keyClass);
    this.#value = writableNamed(part.header.valueClass);
    this.#mark = Buffer.concat([Buffer.alloc(INT_BYTES, 0xff), part.header.sync]);
    this.#base = part.from;
    this.offset = part.from;
    this.#isAtRecord = part.isAtRecord;
  }

  /** The text of the current record, as the command -text shows it. */
  get text(): string {
    return `${this.#key.text(this.key)}\t${this.#value.text(this.value)}\n`;
  }

  /** The texts of the current key and value, as toString() of their classes. */
  get texts(): readonly [key: string, value: string] {
    return [this.#key.text(this.key), this.#value.text(this.value)];
  }

  /** The current key and value as their classes serialize them, without compression. */
  get serialized(): readonly [key: Buffer, value: Buffer] {
    return [this.#key.write(this.key) ?? NO_BYTES, this.#value.write(this.value) ?? NO_BYTES];
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Moves to the next record: without waiting if its bytes are there. @throws HadoopError of the file and the offset */
  next(): boolean | Promise<boolean> {
    try {
      const answer = this.#step();
      return answer ?? this.#load();
    } catch (e) {
      throw this.#failure(e);
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #load(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) {
        // Before the first mark, nothing belongs to this part.
        if (this.#at === this.#bytes.length || !this.#isAtRecord) return this.#finish();
        throw this.#failure(hadoopError('EOFException', 'the file ends within a record'));
      }
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), value]);
      this.#base += this.#at;
      this.#at = 0;
      try {
        const answer = this.#step();
        if (answer !== undefined) return answer;
      } catch (e) {
        throw this.#failure(e);
      }
    }
  }

  /** Returns undefined if more bytes are needed. */
  #step(): boolean | undefined {
    if (this.#ended) return false;
    if (this.#block && this.#block.left > 0) return this.#nextOfBlock(this.#block);
    if (!this.#isAtRecord && !this.#toMark()) return undefined;
    if (this.#left < INT_BYTES) return undefined;
    if (this.#bytes.readInt32BE(this.#at) === SYNC_ESCAPE) {
      if (this.position >= this.#part.end) return this.#finish();
      if (this.#left < this.#mark.length) return undefined;
      if (!this.#bytes.subarray(this.#at, this.#at + this.#mark.length).equals(this.#mark)) throw this.#corrupt();
      // The mark stays until the record behind it is there: it tells to which part the record belongs.
      return this.#record(this.#at + this.#mark.length);
    }
    if (this.#part.header.isBlockCompressed) throw this.#corrupt();
    return this.#record(this.#at);
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #corrupt(): Error {
    return hadoopError('IOException', 'File is corrupt!');
  }

  /** Skips to the first mark. */
  #toMark(): boolean {
    const found = this.#bytes.indexOf(this.#mark, this.#at);
    if (found < 0) {
      this.#at = Math.max(this.#at, this.#bytes.length - this.#mark.length + 1);
      return false;
    }
    this.#at = found;
    this.#isAtRecord = true;
    return true;
  }

  #record(from: number): boolean | undefined {
    if (this.#part.header.isBlockCompressed) return this.#readBlock(from);
    if (this.#bytes.length < from + 2 * INT_BYTES) return undefined;
    const length = this.#bytes.readInt32BE(from);
    const keyLength = this.#bytes.readInt32BE(from + INT_BYTES);
    if (length < 0 || keyLength < 0 || keyLength > length) throw this.#corrupt();
    const keyAt = from + 2 * INT_BYTES;
    const end = keyAt + length;
    if (this.#bytes.length < end) return undefined;
    const valueBytes = this.#bytes.subarray(keyAt + keyLength, end);
    const value = new DataInput(this.#part.engine ? this.#part.engine.decompress(valueBytes) : valueBytes);
    this.offset = this.#base + from;
    this.key = read(this.#key, new DataInput(this.#bytes, keyAt, keyAt + keyLength));
    this.value = read(this.#value, value);
    this.#at = end;
    return true;
  }

  #readBlock(from: number): boolean | undefined {
    const places: { readonly at: number; readonly length: number }[] = [];
    const count = this.#vintAt(from);
    if (count === undefined) return undefined;
    let at = from + count.length;
    for (let i = 0; i < BLOCK_BUFFERS; i++) {
      const size = this.#vintAt(at);
      if (size === undefined) return undefined;
      if (size.value < 0) throw this.#corrupt();
      at += size.length;
      places.push({ at, length: size.value });
      at += size.value;
      if (at > this.#bytes.length) return undefined;
    }
    const [keyLengths, keys, valueLengths, values] = places.map(({ at: start, length }) =>
      this.#inflated(this.#bytes.subarray(start, start + length)),
    );
    if (!keyLengths || !keys || !valueLengths || !values || count.value < 0) throw this.#corrupt();
    this.offset = this.#base + from;
    this.#at = at;
    this.#block = { keys, values, left: count.value };
    return count.value > 0 ? this.#nextOfBlock(this.#block) : this.#step();
  }

  #inflated(bytes: Buffer): DataInput {
    return new DataInput(this.#part.engine ? this.#part.engine.decompress(bytes) : bytes);
  }

  #nextOfBlock(block: Block): true {
    this.key = this.#key.read(block.keys);
    this.value = this.#value.read(block.values);
    block.left--;
    return true;
  }

  #vintAt(at: number): { readonly value: number; readonly length: number } | undefined {
    if (at >= this.#bytes.length) return undefined;
    const length = vlongLength(this.#bytes.readInt8(at));
    if (at + length > this.#bytes.length) return undefined;
    return { value: new DataInput(this.#bytes, at).vint(), length };
  }

  #finish(): false {
    this.#ended = true;
    return false;
  }

  #failure(e: unknown): unknown {
    const { file } = this.#part;
    if (isDamage(e)) return damage(file, this.position, e);
    for (const name of ['EOFException', 'IOException'] as const) {
      if (isHadoopError(e, name)) return hadoopError(name, `${file}: near offset ${this.position}: ${e.message}`, e);
    }
    return e;
  }
}

/** Reads a value that must fill its bytes. */
function read(writable: Writable, input: DataInput): unknown {
  const value = writable.read(input);
  if (input.at === input.end) return value;
  throw hadoopError('IOException', `${writable.className} read ${input.at} bytes, should read ${input.end}`);
}
