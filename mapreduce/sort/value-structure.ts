/** Encodes the values that have parts, and the kinds of values that are rare. */
import { decodeText, type Text } from '../formats/text.ts';
import { type ByteSink, VarintReader } from './byte-sink.ts';
import { DEPTH_MAX } from './refused-value.ts';
import { bytesOf, isPlainArray, kindOf, namesOf, type TypedArray, typedArrayOf, typeNumber } from './value-kinds.ts';
import { TAG } from './value-tags.ts';

/** Appends a value that has parts or is of a rare kind. Returns false if the value or a part of it can't be kept. */
export function encodeStructure(value: unknown, out: ByteSink, depth: number): boolean {
  if (typeof value === 'bigint') {
    out.byte(TAG.BIGINT);
    return bytes(Buffer.from(value.toString()), out, depth);
  }
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return false;
  switch (kindOf(value)) {
    case 'array':
      return isPlainArray(value as unknown[]) && encodeItems(TAG.ARRAY, value as unknown[], out, depth);
    case 'object':
      return encodeObject(TAG.OBJECT, value, out, depth);
    case 'object without prototype':
      return encodeObject(TAG.NULL_OBJECT, value, out, depth);
    case 'map':
      return encodeMap(value as Map<unknown, unknown>, out, depth);
    case 'set':
      return encodeItems(TAG.SET, [...(value as Set<unknown>)], out, depth);
    case 'date':
      out.byte(TAG.DATE);
      out.double((value as Date).getTime());
      return true;
    case 'bytes':
    case 'buffer':
      out.byte(kindOf(value) === 'bytes' ? TAG.BYTES : TAG.BUFFER);
      return bytes(value as Uint8Array, out, depth);
    case 'text':
      out.byte(TAG.STRING);
      return bytes((value as Text).bytes, out, depth);
    case 'typed array': {
      const array = value as TypedArray;
      out.byte(TAG.TYPED);
      out.byte(typeNumber(array));
      return bytes(bytesOf(array), out, depth);
    }
    case 'refused':
      return false;
  }
}

function bytes(content: Uint8Array, out: ByteSink, depth: number): true {
  if (depth > 0) out.varint(content.length);
  out.raw(content);
  return true;
}

function encodeItems(tag: number, items: readonly unknown[], out: ByteSink, depth: number): boolean {
  out.byte(tag);
  out.varint(items.length);
  for (const item of items) if (!encodeItem(item, out, depth + 1)) return false;
  return true;
}

function encodeObject(tag: number, value: object, out: ByteSink, depth: number): boolean {
  const names = namesOf(value);
  if (!names) return false;
  out.byte(tag);
  out.varint(names.length);
  for (const name of names) {
    encodeString(name, out);
    if (!encodeItem((value as Record<string, unknown>)[name], out, depth + 1)) return false;
  }
  return true;
}

function encodeMap(map: ReadonlyMap<unknown, unknown>, out: ByteSink, depth: number): boolean {
  out.byte(TAG.MAP);
  out.varint(map.size);
  for (const [key, item] of map) {
    if (!encodeItem(key, out, depth + 1) || !encodeItem(item, out, depth + 1)) return false;
  }
  return true;
}

function encodeItem(item: unknown, out: ByteSink, depth: number): boolean {
  if (typeof item === 'string') encodeString(item, out);
  else if (typeof item === 'number') {
    const int = item | 0;
    if (int === item && !Object.is(item, -0)) {
      out.byte(TAG.INT);
      out.varint(((int << 1) ^ (int >> 31)) >>> 0);
    } else {
      out.byte(TAG.DOUBLE);
      out.double(item);
    }
  } else if (item === null) out.byte(TAG.NULL);
  else if (item === undefined) out.byte(TAG.UNDEFINED);
  else if (typeof item === 'boolean') out.byte(item ? TAG.TRUE : TAG.FALSE);
  else return encodeStructure(item, out, depth);
  return true;
}

/** Appends a tag, a length and the text. */
function encodeString(text: string, out: ByteSink): void {
  out.byte(TAG.STRING);
  const at = out.length - 1;
  if (out.sizedUtf8(text)) return;
  out.bytes[at] = TAG.STRING16;
  out.varint(2 * text.length);
  out.utf16(text);
}

/** @throws Error for bytes that encodeStructure() has not made */
export function decodeStructure(bytes: Buffer, start: number, end: number): unknown {
  return new StructureReader(bytes, start, end).read();
}

class StructureReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #varint = new VarintReader();
  #depth = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#varint.position = start;
    this.#end = end;
  }

  read(): unknown {
    if (this.#depth > DEPTH_MAX) throw new Error('A value is damaged: it is nested too deeply');
    const tag = this.#byte();
    switch (tag) {
      case TAG.NULL:
        return null;
      case TAG.UNDEFINED:
        return undefined;
      case TAG.FALSE:
        return false;
      case TAG.TRUE:
        return true;
      case TAG.INT: {
        const zigzag = this.#count();
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
      case TAG.DOUBLE:
        return this.#take(8).readDoubleBE();
      case TAG.STRING:
        return this.#string();
      case TAG.STRING16:
        return this.#content().toString('utf16le');
      case TAG.BYTES:
        return new Uint8Array(this.#content());
      case TAG.BUFFER:
        return Buffer.from(this.#content());
      case TAG.DATE:
        return new Date(this.#take(8).readDoubleBE());
      case TAG.BIGINT:
        return BigInt(this.#content().toString('latin1'));
      case TAG.TYPED:
        return typedArrayOf(this.#byte(), this.#content());
      default:
        return this.#compound(tag);
    }
  }

  #compound(tag: number): unknown {
    this.#depth++;
    const count = this.#count();
    // Each item has at least one byte: a damaged count would fill the memory.
    if (count > this.#end - this.#varint.position) throw new Error('A value is cut off or damaged');
    const value = this.#collect(tag, count);
    this.#depth--;
    return value;
  }

  #collect(tag: number, count: number): unknown {
    switch (tag) {
      case TAG.ARRAY:
        return this.#items(count);
      case TAG.SET:
        return new Set(this.#items(count));
      case TAG.MAP: {
        const map = new Map<unknown, unknown>();
        for (let i = 0; i < count; i++) map.set(this.read(), this.read());
        return map;
      }
      case TAG.OBJECT:
        return this.#properties({}, count);
      case TAG.NULL_OBJECT:
        return this.#properties(Object.create(null) as Record<string, unknown>, count);
      default:
        throw new Error(`A value is damaged: tag ${tag}`);
    }
  }

  #items(count: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(this.read());
    return items;
  }

  #properties(object: Record<string, unknown>, count: number): object {
    for (let i = 0; i < count; i++) {
      const name = this.read();
      if (typeof name !== 'string') throw new Error('A value is damaged: a property has no name');
      const value = this.read();
      // A plain assignment to this name would set the prototype.
      if (name !== '__proto__') object[name] = value;
      else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return object;
  }

  #string(): string {
    const length = this.#length();
    const start = this.#varint.position;
    this.#varint.position += length;
    return decodeText(this.#bytes, start, start + length);
  }

  /** Content whose length comes before it; at the top, it goes on to the end. */
  #content(): Buffer {
    return this.#take(this.#length());
  }

  #length(): number {
    return this.#depth > 0 ? this.#count() : this.#end - this.#varint.position;
  }

  #take(length: number): Buffer {
    const start = this.#varint.position;
    if (start + length > this.#end) throw new Error('A value is cut off or damaged');
    this.#varint.position += length;
    return this.#bytes.subarray(start, start + length);
  }

  #byte(): number {
    if (this.#varint.position >= this.#end) throw new Error('A value is cut off or damaged');
    return this.#bytes[this.#varint.position++] as number;
  }

  #count(): number {
    const count = this.#varint.read(this.#bytes);
    if (this.#varint.position > this.#end) throw new Error('A value is cut off or damaged');
    return count;
  }
}
