/** Encodes values as bytes. */
import type { ByteSink } from './byte-sink.ts';

/**
 * Encoded values need no order, so that they can be short:
 *
 *     null 00 │ undefined 01 │ false 02 │ true 03 │ int 04 + zigzag varint │ double 05 + 8 bytes │ string 06 + UTF-8
 *     bytes 07 + bytes │ anything else 08 + JSON
 */
const NULL = 0;
const UNDEFINED = 1;
const FALSE = 2;
const TRUE = 3;
const INT = 4;
const DOUBLE = 5;
const STRING = 6;
const BYTES = 7;
const JSON_TEXT = 8;
const DOUBLE_BYTES = 8;

/** Appends the value. @throws TypeError for a function, a bigint or a symbol, which JSON cannot hold */
export function encodeValue(value: unknown, out: ByteSink): void {
  if (typeof value === 'number') encodeNumber(value, out);
  else if (typeof value === 'string') {
    out.byte(STRING);
    out.utf8(value);
  } else if (value === null) out.byte(NULL);
  else if (value === undefined) out.byte(UNDEFINED);
  else if (typeof value === 'boolean') out.byte(value ? TRUE : FALSE);
  else if (value instanceof Uint8Array) {
    out.byte(BYTES);
    out.raw(value);
  } else {
    const json = JSON.stringify(value);
    if (json === undefined) throw new TypeError(`A ${typeof value} can't be a value: ${String(value)}`);
    out.byte(JSON_TEXT);
    out.utf8(json);
  }
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

export function decodeValue(bytes: Buffer, start: number, end: number): unknown {
  switch (bytes[start]) {
    case INT:
      return decodeInt(bytes, start + 1, end);
    case STRING:
      return bytes.toString('utf8', start + 1, end);
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
    case JSON_TEXT:
      return JSON.parse(bytes.toString('utf8', start + 1, end));
    default:
      throw new Error(`A value is damaged: tag ${bytes[start]}`);
  }
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

/** Returns the number of bytes that encodeValue() makes of the value. */
export function encodedValueBytes(value: unknown): number {
  if (typeof value === 'number') {
    const int = value | 0;
    if (int !== value || (int === 0 && Object.is(value, -0))) return 9;
    const zigzag = ((int << 1) ^ (int >> 31)) >>> 0;
    return zigzag < 0x80 ? 2 : zigzag < 0x4000 ? 3 : zigzag < 0x200000 ? 4 : zigzag < 0x10000000 ? 5 : 6;
  }
  if (typeof value === 'string') return 1 + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return 1 + value.length;
  if (typeof value === 'object' && value !== null) return 1 + Buffer.byteLength(JSON.stringify(value));
  return 1;
}
