/** Encodes values as bytes. */
import { decodeExactly, decodeText } from '../formats/text.ts';
import { ByteSink, isWellFormed } from './byte-sink.ts';
import { refusal } from './refused-value.ts';
import { decodeStructure, encodeStructure } from './value-structure.ts';
import { TAG } from './value-tags.ts';

/** Constants of this module, which are read faster than the properties of an object. */
const { NULL, UNDEFINED, FALSE, TRUE, INT, DOUBLE, STRING, BYTES, STRING16, BUFFER } = TAG;
const DOUBLE_BYTES = 8;
const uint8ArrayPrototype: unknown = Uint8Array.prototype;
const bufferPrototype: unknown = Buffer.prototype;

/** Appends the value, which decodeValue() gives back exactly. @throws TypeError that names the part that can't be kept */
export function encodeValue(value: unknown, out: ByteSink): void {
  if (typeof value === 'number') encodeNumber(value, out);
  else if (typeof value === 'string') {
    out.byte(STRING);
    if (!out.utf8(value)) {
      out.bytes[out.length - 1] = STRING16;
      out.utf16(value);
    }
  } else if (value === null) out.byte(NULL);
  else if (value === undefined) out.byte(UNDEFINED);
  else if (typeof value === 'boolean') out.byte(value ? TRUE : FALSE);
  else if (!encodeBytes(value, out) && !encodeStructure(value, out, 0)) throw refusal('value', value);
}

/** Appends bytes. Returns false for any other value, and for an instance of another class. */
function encodeBytes(value: unknown, out: ByteSink): boolean {
  if (!(value instanceof Uint8Array)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== uint8ArrayPrototype && prototype !== bufferPrototype) return false;
  out.byte(prototype === uint8ArrayPrototype ? BYTES : BUFFER);
  out.raw(value);
  return true;
}

function encodeNumber(value: number, out: ByteSink): void {
  const int = value | 0;
  if (int === value && !Object.is(value, -0)) {
    out.byte(INT);
    out.varint(((int << 1) ^ (int >> 31)) >>> 0);
  } else {
    out.byte(DOUBLE);
    out.double(value);
  }
}

/** Returns the value; text that is not UTF-8 is decoded as Java does. */
export function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  switch (bytes[start]) {
    case INT:
      return decodeInt(bytes, start + 1, end);
    case STRING:
      return decodeText(bytes, start + 1, end);
    case DOUBLE:
      if (end - start < 1 + DOUBLE_BYTES) throw new Error('A value is cut off');
      return bytes.readDoubleBE(start + 1);
    case NULL:
      return null;
    case UNDEFINED:
      return undefined;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case BYTES:
      return new Uint8Array(bytes.subarray(start + 1, end));
    case BUFFER:
      return Buffer.from(bytes.subarray(start + 1, end));
    case STRING16:
      return bytes.toString('utf16le', start + 1, end);
    default:
      return decodeStructure(bytes, start, end);
  }
}

/** Returns the value as decodeValue() does, but text that is not UTF-8 as a Text. */
export function decodeValueExactly(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === STRING) return decodeExactly(bytes, start + 1, end);
  return decodeValue(bytes, start, end);
}

function decodeInt(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  let shift = 0;
  let at = start;
  for (;;) {
    if (at >= end || shift > 28) throw new Error('A value is cut off or damaged');
    const byte = bytes[at++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    shift += 7;
  }
}

/** A value that the caller of emit() may change later, and its copy. */
export interface Snapshot {
  readonly value: unknown;
  /** Number of bytes that encodeValue() makes of the value. */
  readonly bytes: number;
}

const scratch = new ByteSink(256);

/** Returns a copy of an object that has no part in common with the object. @throws TypeError as encodeValue() */
export function snapshot(value: object): Snapshot {
  scratch.clear();
  encodeValue(value, scratch);
  return { value: decodeValue(scratch.bytes, 0, scratch.length), bytes: scratch.length };
}

/** Returns the number of bytes that encodeValue() makes of the value. @throws TypeError as encodeValue() */
export function encodedValueBytes(value: unknown): number {
  if (typeof value === 'number') {
    const int = value | 0;
    if (int !== value || (int === 0 && Object.is(value, -0))) return 9;
    const zigzag = ((int << 1) ^ (int >> 31)) >>> 0;
    return zigzag < 0x80 ? 2 : zigzag < 0x4000 ? 3 : zigzag < 0x200000 ? 4 : zigzag < 0x10000000 ? 5 : 6;
  }
  if (typeof value === 'string') {
    const bytes = Buffer.byteLength(value);
    return 1 + (bytes === value.length || isWellFormed(value) ? bytes : 2 * value.length);
  }
  if (value === null || value === undefined || typeof value === 'boolean') return 1;
  scratch.clear();
  encodeValue(value, scratch);
  return scratch.length;
}
