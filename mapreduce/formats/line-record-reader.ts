/** Reads the lines of a split. */
import { isAscii } from 'node:buffer';
import type { RecordReader } from './format.ts';

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);

/**
 * Reads lines as Hadoop's LineRecordReader. A line ends with \n, \r or \r\n, which are not part of the line. A line belongs
 * to the split in which it begins; a line that begins exactly at the border of two splits belongs to the first of them.
 * Therefore a reader that does not start at 0 skips to the first line end, and reads one line past its split's end.
 */
export class LineRecordReader implements RecordReader<number, string> {
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
  readonly #end: number;
  readonly #start: number;

  /**
   * The split is the bytes [start, start + length) of the file. A `whole` split begins with a line's first byte and ends
   * with a line's last byte, so that the reader skips nothing and reads nothing past the end.
   */
  constructor(start: number, length: number, whole = false) {
    this.#start = start;
    this.#base = start;
    this.#end = whole ? start + length - 1 : start + length;
    this.#skipping = !whole && start > 0;
  }

  get offset(): number {
    return this.key;
  }

  get done(): boolean {
    return this.#done;
  }

  feed(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!bytes.includes(LF) && !bytes.includes(CR) && !this.#endsWithCr()) {
      this.#held.push(bytes);
      this.#heldBytes += bytes.length;
      return;
    }
    this.#join(bytes);
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

  #join(bytes: Buffer): void {
    const rest = this.#bytes.subarray(this.#position);
    const whole = rest.length + this.#heldBytes === 0;
    this.#bytes = whole ? bytes : Buffer.concat([rest, ...this.#held, bytes]);
    this.#base += this.#position;
    this.#position = 0;
    this.#held = [];
    this.#heldBytes = 0;
    this.#text = isAscii(this.#bytes) ? this.#bytes.toString('latin1') : undefined;
    this.#nextCr = this.#indexOf(CR, 0);
  }

  #indexOf(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? this.#bytes.length : found;
  }

  #nextLine(wanted: boolean): boolean {
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
    if (wanted) this.#take(begin, from, eol);
    this.#position = after;
    return true;
  }

  #take(begin: number, from: number, eol: number): void {
    this.key = begin;
    if (this.#text !== undefined) {
      this.value = this.#text.slice(from, eol);
      return;
    }
    // Hadoop drops a byte order mark at the file's start.
    const bom = begin === 0 && this.#start === 0 && hasBom(this.#bytes) ? 3 : 0;
    this.value = this.#bytes.toString('utf8', from + bom, eol);
  }

  #finish(): false {
    this.#done = true;
    this.#bytes = EMPTY;
    this.#text = undefined;
    return false;
  }
}

const hasBom = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
