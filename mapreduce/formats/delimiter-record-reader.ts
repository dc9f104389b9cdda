/** Reads the records of a split that end with a delimiter of the user's choice. */
import { bomLength, Line, type LineOptions, type LineReader } from './line.ts';
import type { Text } from './text.ts';

const EMPTY = Buffer.alloc(0);

/**
 * Reads records between delimiters, as Hadoop's LineReader with textinputformat.record.delimiter.
 *
 * A reader that does not start at 0 can't know whether a delimiter such as two newlines in a run of them is one by which
 * a reader from the file's start would cut. Therefore splits are joined at a sure delimiter: the first one at or after
 * `border + delimiter.length - 1` that no other occurrence of the delimiter overlaps from before. The reader of the split
 * before the border reads up to its end, and the reader of the split after the border starts there.
 */
export class DelimiterRecordReader implements LineReader {
  /** Byte offset of the current record in its file. */
  key = 0;
  value = '';
  #bytes: Buffer = EMPTY;
  /** Offset of the first of #bytes in the file. */
  #base: number;
  /** Index of the next record in #bytes; up to delimiter.length - 1 bytes before it are kept. */
  #position = 0;
  /** Chunks without any delimiter, held back so that a very long record is joined once. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The last bytes that were fed, one fewer than a delimiter has. */
  #tail: Buffer = EMPTY;
  #skipping: boolean;
  /** Whether the next record is left out, because bytes of it were dropped. */
  #tooLong = false;
  #ended = false;
  #done = false;
  #lineStart = 0;
  #lineEnd = 0;
  readonly #delimiter: Buffer;
  readonly #line: Line;
  readonly #decodes: boolean;
  readonly #maxLength: number;
  readonly #start: number;
  #end: number;

  constructor(delimiter: string, start: number, length: number, options: LineOptions = {}) {
    const { decodes = true, maxLength = Number.POSITIVE_INFINITY } = options;
    this.#delimiter = Buffer.from(delimiter);
    this.#start = start;
    this.#base = start;
    this.#end = start + length;
    this.#skipping = start > 0;
    this.#decodes = decodes;
    this.#maxLength = maxLength;
    this.#line = new Line(options);
  }

  get offset(): number {
    return this.key;
  }

  get done(): boolean {
    return this.#done;
  }

  get exactValue(): string | Text {
    return this.#line.exact;
  }

  lineBytes(): Buffer {
    return this.#bytes.subarray(this.#lineStart, this.#lineEnd);
  }

  feed(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const overlap = Buffer.concat([this.#tail, bytes]);
    const kept = this.#delimiter.length - 1;
    this.#tail = overlap.subarray(Math.max(0, overlap.length - kept));
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (overlap.includes(this.#delimiter)) this.#join();
    else this.#hold();
  }

  endAt(offset: number): void {
    this.#end = offset;
  }

  end(): void {
    this.#ended = true;
    this.#join();
  }

  next(): boolean {
    if (this.#done) return false;
    if (this.#skipping && !this.#skip()) return false;
    for (;;) {
      const from = this.#position;
      const at = this.#bytes.indexOf(this.#delimiter, from);
      if (at < 0 && !this.#ended) return false;
      if (at < 0 && from === this.#bytes.length && !this.#tooLong) return this.#finish();
      const eol = at < 0 ? this.#bytes.length : at;
      const after = at < 0 ? eol : at + this.#delimiter.length;
      this.#position = after;
      const isLast = at >= 0 && this.#isSure(at, this.#end);
      if (this.#tooLong || after - from >= this.#maxLength) {
        this.#tooLong = false;
        if (isLast) return this.#finish();
        continue;
      }
      this.#done = isLast;
      this.#take(from, eol);
      return true;
    }
  }

  /**
   * Keeps the bytes of a record whose end has not come. Of a record that is left out, only the tail is kept, and before it
   * the bytes in which a delimiter may begin that overlaps one in the tail.
   */
  #hold(): void {
    const length = this.#bytes.length - this.#position + this.#heldBytes;
    if (!this.#skipping && !this.#tooLong && length < this.#maxLength) {
      this.#line.checkGathered(this.#base + this.#position, length);
      return;
    }
    this.#tooLong = !this.#skipping;
    const left = this.#lastBytes(2 * (this.#delimiter.length - 1));
    this.#base += this.#bytes.length + this.#heldBytes - left.length;
    this.#bytes = left;
    this.#position = left.length - this.#tail.length;
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Returns a copy of the last bytes that are there. */
  #lastBytes(count: number): Buffer {
    const all = Buffer.concat([this.#bytes, ...this.#held]);
    return Buffer.from(all.subarray(Math.max(0, all.length - count)));
  }

  /** Moves to the first record of a split that does not begin with the file. */
  #skip(): boolean {
    const indexFrom = (from: number): number => this.#bytes.indexOf(this.#delimiter, from);
    for (let at = indexFrom(this.#position); at >= 0; at = indexFrom(at + 1)) {
      if (!this.#isSure(at, this.#start)) continue;
      this.#position = at + this.#delimiter.length;
      this.#skipping = false;
      // The split has no record if both of its borders have the same sure delimiter.
      return this.#isSure(at, this.#end) ? this.#finish() : true;
    }
    if (this.#ended) this.#finish();
    return false;
  }

  /** Whether the delimiter at this index is one at which the splits on both sides of a border are joined. */
  #isSure(at: number, border: number): boolean {
    const { length } = this.#delimiter;
    if (this.#base + at < border + length - 1) return false;
    for (let other = Math.max(0, at - length + 1); other < at; other++) {
      if (this.#bytes.subarray(other, other + length).equals(this.#delimiter)) return false;
    }
    return true;
  }

  #join(): void {
    if (this.#heldBytes === 0) return;
    // A delimiter is sure only if the bytes before it are known. While skipping, nothing is taken yet.
    const from = this.#skipping ? 0 : Math.max(0, this.#position - this.#delimiter.length + 1);
    this.#bytes = Buffer.concat([this.#bytes.subarray(from), ...this.#held]);
    this.#base += from;
    this.#position -= Math.min(from, this.#position);
    this.#held = [];
    this.#heldBytes = 0;
  }

  #take(from: number, eol: number): void {
    this.key = this.#base + from;
    this.#lineStart = from + (from === 0 ? bomLength(this.#bytes, this.key) : 0);
    this.#lineEnd = eol;
    if (!this.#decodes) return;
    this.#line.decode(this.#bytes, this.#lineStart, eol, this.key);
    this.value = this.#line.value;
  }

  #finish(): false {
    this.#done = true;
    return false;
  }
}
