/** Encodes keys as bytes that sort as the keys do. */
import { decodeExactly, decodeText } from '../formats/text.ts';
import { type ByteSink, isWellFormed } from './byte-sink.ts';
import { KeyDecoder } from './key-decoder.ts';
import { encodeStructure } from './key-structure.ts';
import { BITS_LENGTH, KEY_TAG } from './key-tags.ts';
import { refusal } from './refused-value.ts';

/** Constants of this module, which are read faster than the properties of an object. */
const { NUMBER, STRING, STRING16, BYTES, BUFFER } = KEY_TAG;
const uint8ArrayPrototype: unknown = Uint8Array.prototype;
const bufferPrototype: unknown = Buffer.prototype;

/** Appends the key. @throws TypeError that names the part of the key that can't be kept */
export function encodeKey(key: unknown, out: ByteSink): void {
  if (typeof key === 'string') {
    out.byte(STRING);
    if (!out.utf8(key)) {
      out.bytes[out.length - 1] = STRING16;
      out.raw(Buffer.from(key, 'utf16le').swap16());
    }
  } else if (typeof key === 'number') encodeNumber(NUMBER, key, out);
  else if (!encodeBytes(key, out) && !encodeStructure(key, out, 0, encodeItem)) throw refusal('key', key);
}

/** Appends bytes. Returns false for any other key, and for an instance of another class. */
function encodeBytes(key: unknown, out: ByteSink): boolean {
  if (!(key instanceof Uint8Array)) return false;
  const prototype: unknown = Object.getPrototypeOf(key);
  if (prototype !== uint8ArrayPrototype && prototype !== bufferPrototype) return false;
  out.byte(prototype === uint8ArrayPrototype ? BYTES : BUFFER);
  out.raw(key);
  return true;
}

/** Returns the key; text that is not UTF-8 is decoded as Java does. */
export function decodeKey(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === STRING) return decodeText(bytes, start + 1, end);
  return new KeyDecoder(bytes, start, end).decode(false);
}

/** Returns the key as decodeKey() does, but text that is not UTF-8 as a Text. */
export function decodeKeyExactly(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === STRING) return decodeExactly(bytes, start + 1, end);
  return decodeKey(bytes, start, end);
}

/** Appends a part of a key, which ends itself. Returns false if it can't be kept. */
function encodeItem(item: unknown, out: ByteSink, depth: number): boolean {
  if (typeof item === 'string') {
    const isUnicode = isWellFormed(item);
    out.byte(isUnicode ? STRING : STRING16);
    out.escaped(isUnicode ? Buffer.from(item) : Buffer.from(item, 'utf16le').swap16());
  } else if (typeof item === 'number') encodeNumber(NUMBER, item, out);
  else return encodeStructure(item, out, depth, encodeItem);
  return true;
}

/** Appends a number so that the order of the bytes is the order of the numbers, with NaN at the end. */
export function encodeNumber(tag: number, key: number, out: ByteSink): void {
  out.byte(tag);
  const at = out.length;
  // -0 and 0 are one key, as in a Map.
  out.double(key === 0 ? 0 : key);
  if (Number.isNaN(key)) {
    // A NaN may have any sign and payload.
    out.bytes.fill(0xff, at, at + BITS_LENGTH);
    return;
  }
  const first = out.bytes[at] as number;
  if (first & 0x80) for (let i = at; i < at + BITS_LENGTH; i++) out.bytes[i] = ~(out.bytes[i] as number);
  else out.bytes[at] = first | 0x80;
}
