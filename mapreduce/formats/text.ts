/** Text as bytes: how bytes become a string, and text whose bytes a string can't keep. */
import { isUtf8 } from 'node:buffer';

const SHORT_BYTES = 32;
const REPLACEMENT = '\ufffd';

/**
 * Bytes of text that are not UTF-8, such as a Latin-1 line. A map or a reduce that passes a record on unchanged passes
 * this object on instead of the string, so that the output has the bytes of the input.
 */
class OwnText {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  toString(): string {
    return decodeJava(Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength));
  }
}

const TEXT = Symbol.for('calf.Text');
const shared = globalThis as { [TEXT]?: typeof OwnText };
shared[TEXT] ??= OwnText;

/** One class for the whole process: the formats in a job's bundle are a copy of these, and tasks must know their objects. */
export const Text = shared[TEXT];
export type Text = OwnText;

/** Returns the value for code that takes strings only. */
export function withoutText(value: unknown): unknown {
  return value instanceof Text ? value.toString() : value;
}

/** Decodes UTF-8 as Hadoop's Text.decode: malformed bytes become U+FFFD, as many as Java's decoder makes of them. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  if (end - start <= SHORT_BYTES && isShortAscii(bytes, start, end)) return bytes.toString('latin1', start, end);
  const text = bytes.toString('utf8', start, end);
  // The decoder of JavaScript makes other numbers of U+FFFD than Java's.
  return text.includes(REPLACEMENT) ? decodeJava(bytes.subarray(start, end)) : text;
}

/** Looks at each byte, which for few bytes is faster than a call into native code. */
function isShortAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 0x7f) return false;
  return true;
}

/** Decodes UTF-8. Returns a Text with a copy of the bytes if the string would lose some of them. */
export function decodeExactly(bytes: Buffer, start: number, end: number): string | Text {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes(REPLACEMENT) || isUtf8(bytes.subarray(start, end))) return text;
  return new Text(new Uint8Array(bytes.subarray(start, end)));
}

/** Decodes as sun.nio.cs.UTF_8.Decoder with CodingErrorAction.REPLACE. */
function decodeJava(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const parts: string[] = [];
  let good = 0;
  let at = 0;
  while (at < bytes.length) {
    const malformed = malformedLength(bytes, at);
    if (malformed > 0) {
      if (good < at) parts.push(bytes.toString('utf8', good, at));
      parts.push(REPLACEMENT);
      at += malformed;
      good = at;
    } else at += sequenceLength(bytes[at] as number);
  }
  if (good < bytes.length) parts.push(bytes.toString('utf8', good));
  return parts.join('');
}

/** Returns the length of the sequence that a first byte begins; 0 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf8 ? 4 : 0;
}

/** Returns the number of bytes at `at` that Java replaces by one U+FFFD; 0 for a good sequence. */
function malformedLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  const length = sequenceLength(first);
  if (length === 0) return 1;
  if (length === 1) return 0;
  const left = bytes.length - at;
  const isContinuation = (i: number): boolean => ((bytes[at + i] as number) & 0xc0) === 0x80;
  const second = bytes[at + 1] as number;
  if (length === 2) return left < 2 || !isContinuation(1) ? 1 : 0;
  if (length === 3) {
    const secondIsWrong = left > 1 && (!isContinuation(1) || (first === 0xe0 && (second & 0xe0) === 0x80));
    if (secondIsWrong) return 1;
    if (left < 3) return left;
    if (!isContinuation(2)) return 2;
    // A surrogate.
    return first === 0xed && second >= 0xa0 ? 3 : 0;
  }
  const firstIsWrong = first > 0xf4;
  const secondIsWrong =
    left > 1 &&
    (!isContinuation(1) || (first === 0xf0 && second < 0x90) || (first === 0xf4 && (second & 0xf0) !== 0x80));
  if (firstIsWrong || secondIsWrong) return 1;
  if (left > 2 && !isContinuation(2)) return 2;
  if (left < 4) return left;
  return isContinuation(3) ? 0 : 3;
}
