/** Encodes the keys that have parts, and the kinds of keys that are rare. */
import type { Text } from '../formats/text.ts';
import { ByteSink } from './byte-sink.ts';
import { BIGINT_SIGN, BITS_LENGTH, KEY_TAG } from './key-tags.ts';
import { DEPTH_MAX } from './refused-value.ts';
import { bytesOf, isPlainArray, kindOf, namesOf, type TypedArray, typeNumber } from './value-kinds.ts';

/** Appends a part of a key. Returns false if it can't be kept. */
export type EncodeItem = (item: unknown, out: ByteSink, depth: number) => boolean;

/** Appends a key that is neither a string nor a number. Returns false if the key or a part of it can't be kept. */
export function encodeStructure(key: unknown, out: ByteSink, depth: number, item: EncodeItem): boolean {
  if (key === null) out.byte(KEY_TAG.NULL);
  else if (key === undefined) out.byte(KEY_TAG.UNDEFINED);
  else if (typeof key === 'boolean') out.byte(key ? KEY_TAG.TRUE : KEY_TAG.FALSE);
  else if (typeof key === 'bigint') encodeBigInt(key, out);
  else return typeof key === 'object' && depth <= DEPTH_MAX && encodeObject(key, out, depth, item);
  return true;
}

function encodeObject(key: object, out: ByteSink, depth: number, item: EncodeItem): boolean {
  const within = (part: unknown, sink: ByteSink): boolean => item(part, sink, depth + 1);
  switch (kindOf(key)) {
    case 'array':
      return isPlainArray(key as unknown[]) && encodeItems(key as unknown[], out, within);
    case 'object':
    case 'object without prototype': {
      const names = namesOf(key);
      const entries = names?.map((name) => [name, (key as Record<string, unknown>)[name]]);
      return entries !== undefined && encodeSorted(KEY_TAG.OBJECT, entries, out, within);
    }
    case 'map':
      return encodeSorted(KEY_TAG.MAP, [...(key as Map<unknown, unknown>)], out, within);
    case 'set':
      return encodeSorted(
        KEY_TAG.SET,
        Array.from(key as Set<unknown>, (part) => [part]),
        out,
        within,
      );
    case 'bytes':
      return encodeBytes(KEY_TAG.BYTES, key as Uint8Array, out, depth);
    case 'buffer':
      return encodeBytes(KEY_TAG.BUFFER, key as Uint8Array, out, depth);
    case 'text':
      return encodeBytes(KEY_TAG.STRING, (key as Text).bytes, out, depth);
    case 'typed array': {
      const array = key as TypedArray;
      const content = Buffer.concat([Buffer.from([typeNumber(array)]), bytesOf(array)]);
      return encodeBytes(KEY_TAG.TYPED, content, out, depth);
    }
    case 'date':
      encodeDate(key as Date, out);
      return true;
    case 'refused':
      return false;
  }
}

function encodeItems(items: readonly unknown[], out: ByteSink, item: (part: unknown, out: ByteSink) => boolean) {
  out.byte(KEY_TAG.ARRAY);
  for (const part of items) if (!item(part, out)) return false;
  out.byte(KEY_TAG.END);
  return true;
}

/** Appends entries in the order of their bytes. */
function encodeSorted(
  tag: number,
  entries: readonly (readonly unknown[])[],
  out: ByteSink,
  item: (part: unknown, out: ByteSink) => boolean,
): boolean {
  const encoded: Buffer[] = [];
  for (const entry of entries) {
    const sink = new ByteSink(64);
    for (const part of entry) if (!item(part, sink)) return false;
    encoded.push(sink.bytes.subarray(0, sink.length));
  }
  out.byte(tag);
  for (const bytes of encoded.sort(Buffer.compare)) out.raw(bytes);
  out.byte(KEY_TAG.END);
  return true;
}

function encodeBytes(tag: number, content: Uint8Array, out: ByteSink, depth: number): true {
  out.byte(tag);
  if (depth > 0) out.escaped(content);
  else out.raw(content);
  return true;
}

/** Appends a sign, the number of bytes and the bytes of the absolute value; those of a negative number are inverted. */
function encodeBigInt(key: bigint, out: ByteSink): void {
  out.byte(KEY_TAG.BIGINT);
  if (key === 0n) {
    out.byte(BIGINT_SIGN.ZERO);
    return;
  }
  const isNegative = key < 0n;
  const hex = (isNegative ? -key : key).toString(16);
  const magnitude = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const bytes = Buffer.alloc(4 + magnitude.length);
  bytes.writeUInt32BE(magnitude.length);
  magnitude.copy(bytes, 4);
  if (isNegative) for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] as number);
  out.byte(isNegative ? BIGINT_SIGN.NEGATIVE : BIGINT_SIGN.POSITIVE);
  out.raw(bytes);
}

/** Appends the milliseconds of a date in their order; those of an invalid date come last. */
function encodeDate(date: Date, out: ByteSink): void {
  out.byte(KEY_TAG.DATE);
  const time = date.getTime();
  const bits = Buffer.alloc(BITS_LENGTH, 0xff);
  // A time is a whole number of at most 8.64e15 milliseconds.
  if (!Number.isNaN(time)) bits.writeBigUInt64BE(BigInt(time) + 2n ** 63n);
  out.raw(bits);
}
