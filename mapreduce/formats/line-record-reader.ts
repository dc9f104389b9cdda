/** Reads the lines of a split. */
import { constants, isAscii } from 'node:buffer';
import { bomLength, Line, type LineOptions, type LineReader } from './line.ts';
import type { Text } from './text.ts';

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);

/**
 * Reads lines as Hadoop's LineRecordReader. A line ends with \n, \r or \r\n, which are not part of the line. A line belongs
 * to the split in which it begins; a line that begins exactly at the border of two splits belongs to the first of them.
 * Therefore a reader that does not start at 0 skips to the first line end, and reads one line past its split's end.
 */
export class LineRecordReader implements LineReader {
  /** Byte offset of the current line in its file. */
  key = 0;
  value = '';
  /** Bytes that were fed and whose lines were not all taken yet. */
  #bytes: Buffer = EMPTY;
  /** Offset of the first of #bytes in the file. */
  #base: number;
  /** Index of the next line in #bytes. */
  #position = 0;
  /** #bytes as text if they are ASCII: an index in the text is then an index in the bytes, and lines are slices. */
  #text: string | undefined;
  /** Chunks without any line end, held back so that a very long line is joined once. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Index of the next \r in #bytes; #bytes.length if there is none. */
  #nextCr = 0;
  #ended = false;
  #skipping: boolean;
  #done = false;
  /** Range of the current line in #bytes. */
  #lineStart = 0;
  #lineEnd = 0;
  readonly #line: Line;
  readonly #decodes: boolean;
  readonly #maxLength: number;
  #end: number;

  /** The split is the bytes [start, start + length) of the file. */
  constructor(start: number, length: number, options: LineOptions = {}) {
    const { whole = false, decodes = true, maxLength = Number.POSITIVE_INFINITY } = options;
    this.#base = start;
    this.#end = whole ? start + length - 1 : start + length;
    this.#skipping = !whole && start > 0;
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
    return this.#text === undefined ? this.#line.exact : this.value;
  }

  lineBytes(): Buffer {
    return this.#bytes.subarray(this.#lineStart, this.#lineEnd);
  }

  feed(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!bytes.includes(LF) && !bytes.includes(CR) && !this.#endsWithCr()) this.#hold(bytes);
    else this.#join(bytes);
  }

  endAt(offset: number): void {
    this.#end = offset;
  }

  end(): void {
    this.#ended = true;
    if (this.#heldBytes > 0) this.#join(EMPTY);
  }

  next(): boolean {
    if (this.#done) return false;
    if (this.#skipping) {
      if (!this.#nextLine(false)) return false;
      this.#skipping = false;
    }
    return this.#nextLine(true);
  }

  /** Whether \r is the last byte that was fed: only the next byte tells where its line ends. */
  #endsWithCr(): boolean {
    return this.#heldBytes === 0 && this.#bytes.length > this.#position && this.#bytes[this.#bytes.length - 1] === CR;
  }

  /** Keeps bytes of a line whose end has not come. A line that is left out is not kept. */
  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    const begin = this.#base + this.#position;
    const length = this.#bytes.length - this.#position + this.#heldBytes;
    if (!this.#skipping && length < this.#maxLength) {
      this.#line.checkGathered(begin, length);
      return;
    }
    this.#skipping = true;
    this.#base = begin + length;
    this.#bytes = EMPTY;
    this.#text = undefined;
    this.#nextCr = 0;
    this.#position = 0;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #join(bytes: Buffer): void {
    const rest = this.#bytes.subarray(this.#position);
    const whole = rest.length + this.#heldBytes === 0;
    this.#bytes = whole ? bytes : Buffer.concat([rest, ...this.#held, bytes]);
    this.#base += this.#position;
    this.#position = 0;
    this.#held = [];
    this.#heldBytes = 0;
    const isText = this.#decodes && this.#bytes.length <= constants.MAX_STRING_LENGTH && isAscii(this.#bytes);
    this.#text = isText ? this.#bytes.toString('latin1') : undefined;
    this.#nextCr = this.#indexOf(CR, 0);
  }

  #indexOf(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? this.#bytes.length : found;
  }

  #nextLine(wanted: boolean): boolean {
    for (;;) {
      const from = this.#position;
      const begin = this.#base + from;
      if (wanted && begin > this.#end) return this.#finish();
      const length = this.#bytes.length;
      let eol = this.#text === undefined ? this.#bytes.indexOf(LF, from) : this.#text.indexOf('\n', from);
      if (eol < 0) eol = length;
      let after = eol + 1;
      if (this.#nextCr < eol) {
        eol = this.#nextCr;
        if (eol + 1 === length && !this.#ended) return false;
        after = this.#bytes[eol + 1] === LF ? eol + 2 : eol + 1;
        this.#nextCr = this.#indexOf(CR, after);
      }
      if (eol === length) {
        if (!this.#ended) return false;
        if (from === length) return this.#finish();
        after = length;
      }
      this.#position = after;
      if (!wanted) return true;
      if (after - from >= this.#maxLength) continue;
      this.#take(begin, from, eol);
      return true;
    }
  }

  #take(begin: number, from: number, eol: number): void {
    this.key = begin;
    if (this.#text !== undefined) {
      this.value = this.#text.slice(from, eol);
      return;
    }
    this.#lineStart = from + (from === 0 ? bomLength(this.#bytes, begin) : 0);
    this.#lineEnd = eol;
    if (!this.#decodes) return;
    this.#line.decode(this.#bytes, this.#lineStart, eol, begin);
    this.value = this.#line.value;
  }

  #finish(): false {
    this.#done = true;
    this.#bytes = EMPTY;
    this.#text = undefined;
    return false;
  }
}
