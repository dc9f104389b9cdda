/** Input format for files of records that all have the same length. */
import { hadoopError } from '../../runtime/errors.ts';
import type { FedInputFormat, RecordReader } from './format.ts';

const LENGTH = 'fixedlengthinputformat.record.length';

/**
 * Reads records of `length` bytes, as Hadoop's FixedLengthInputFormat; the key is the record's byte offset. Without an
 * argument, the length is that of fixedlengthinputformat.record.length.
 */
export function fixedLengthInput(length?: number): FedInputFormat<number, Uint8Array> {
  return {
    createReader: (split, conf) =>
      new FixedLengthReader(split.start, split.length, recordLength(length ?? conf.getNumber(LENGTH, 0))),
  };
}

/** @throws IOException as Hadoop's FixedLengthInputFormat */
function recordLength(length: number): number {
  if (Number.isInteger(length) && length > 0) return length;
  throw hadoopError(
    'IOException',
    `Fixed record length ${length} is invalid.  It should be set to a value greater than zero`,
  );
}

/** Reads the records of a split: those whose first byte lies in the split. */
class FixedLengthReader implements RecordReader<number, Uint8Array> {
  key: number;
  value: Uint8Array = new Uint8Array(0);
  readonly #length: number;
  readonly #end: number;
  /** Bytes before the split's first record. */
  #skip: number;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;
  #ended = false;
  #next: number;

  constructor(start: number, splitLength: number, length: number) {
    this.#length = length;
    this.#end = start + splitLength;
    this.#next = Math.ceil(start / length) * length;
    this.#skip = this.#next - start;
    this.key = this.#next;
  }

  get offset(): number {
    return this.key;
  }

  get done(): boolean {
    return this.#next >= this.#end;
  }

  feed(chunk: Uint8Array): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset + skipped, chunk.length - skipped);
    const rest = this.#bytes.subarray(this.#position);
    this.#bytes = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    this.#position = 0;
  }

  end(): void {
    this.#ended = true;
  }

  /** @throws Error when the file ends within a record */
  next(): boolean {
    if (this.done) return false;
    const left = this.#bytes.length - this.#position;
    if (left < this.#length) {
      if (this.#ended && left > 0) throw new Error(`The file ends within the record at offset ${this.#next}`);
      return false;
    }
    this.key = this.#next;
    this.value = this.#bytes.subarray(this.#position, this.#position + this.#length);
    this.#position += this.#length;
    this.#next += this.#length;
    return true;
  }
}
