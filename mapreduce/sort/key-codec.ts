/** Encodes keys as bytes that sort as the keys do. */
import type { ByteSink } from './byte-sink.ts';

/**
 * The bytewise order of encoded keys is the order of the keys, so that sorting and merging never decode a key:
 *
 *     null 01 │ false 02 │ true 03 │ number 10 + 8 bytes │ string 20 + UTF-8 │ bytes 30 + bytes │ array 40 + items 00
 *     object 50 + its JSON
 *
 * A number is its IEEE 754 bits, big-endian, with the sign bit flipped, or with all bits flipped if it is negative.
 * Inside an array, a string, bytes or an object end with 00, and a 00 in them is written as 00 FF.
 */
const NULL = 0x01;
const FALSE = 0x02;
const TRUE = 0x03;
const NUMBER = 0x10;
const STRING = 0x20;
const BYTES = 0x30;
const ARRAY = 0x40;
const OBJECT = 0x50;
const END = 0x00;
const ESCAPED = 0xff;
/** Deepest nesting of arrays that is decoded: more than any job needs, and less than the stack can hold. */
const DEPTH_MAX = 500;

/** Appends the key. @throws TypeError for a function, a bigint or a symbol */
export function encodeKey(key: unknown, out: ByteSink): void {
  if (typeof key === 'string') {
    out.byte(STRING);
    out.utf8(key);
  } else if (typeof key === 'object' && key !== null) encodeObject(key, out, false);
  else encodePrimitive(key, out);
}

export function decodeKey(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === STRING) return bytes.toString('utf8', start + 1, end);
  return new KeyDecoder(bytes, start, end).decode(false);
}

function encodePrimitive(key: unknown, out: ByteSink): void {
  if (key === undefined || key === null) out.byte(NULL);
  else if (typeof key === 'boolean') out.byte(key ? TRUE : FALSE);
  else if (typeof key === 'number') encodeNumber(key, out);
  else throw new TypeError(`A ${typeof key} can't be a key: ${String(key)}`);
}

function encodeNumber(key: number, out: ByteSink): void {
  out.byte(NUMBER);
  const at = out.length;
  // -0 and 0 are one key, as in a Map.
  out.double(key === 0 ? 0 : key);
  const first = out.bytes[at] as number;
  if (first & 0x80) for (let i = at; i < at + 8; i++) out.bytes[i] = ~(out.bytes[i] as number);
  else out.bytes[at] = first | 0x80;
}

function encodeObject(key: object, out: ByteSink, nested: boolean): void {
  if (Array.isArray(key)) {
    out.byte(ARRAY);
    for (const item of key) encodeItem(item, out);
    out.byte(END);
  } else if (key instanceof Uint8Array) {
    out.byte(BYTES);
    if (nested) encodeEscaped(key, out);
    else out.raw(key);
  } else {
    out.byte(OBJECT);
    const json = Buffer.from(JSON.stringify(key));
    if (nested) encodeEscaped(json, out);
    else out.raw(json);
  }
}

function encodeItem(item: unknown, out: ByteSink): void {
  if (typeof item === 'string') {
    out.byte(STRING);
    encodeEscaped(Buffer.from(item), out);
  } else if (typeof item === 'object' && item !== null) encodeObject(item, out, true);
  else encodePrimitive(item, out);
}

function encodeEscaped(bytes: Uint8Array, out: ByteSink): void {
  for (const byte of bytes) {
    out.byte(byte);
    if (byte === END) out.byte(ESCAPED);
  }
  out.byte(END);
}

class KeyDecoder {
  #position: number;
  #depth = 0;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  decode(nested: boolean): unknown {
    const tag = this.#bytes[this.#position++];
    switch (tag) {
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case NUMBER:
        return this.#number();
      case STRING:
        return this.#content(nested).toString('utf8');
      case BYTES:
        return new Uint8Array(this.#content(nested));
      case OBJECT:
        return JSON.parse(this.#content(nested).toString('utf8'));
      case ARRAY:
        return this.#array();
      default:
        throw new Error(`A key is damaged: tag ${tag}`);
    }
  }

  #number(): number {
    if (this.#position + 8 > this.#end) throw new Error('A key is cut off');
    const bits = Buffer.from(this.#bytes.subarray(this.#position, this.#position + 8));
    this.#position += 8;
    const first = bits.readUInt8(0);
    if (first & 0x80) bits[0] = first & 0x7f;
    else for (let i = 0; i < 8; i++) bits[i] = ~(bits[i] as number);
    return bits.readDoubleBE(0);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    if (++this.#depth > DEPTH_MAX) throw new Error('A key is damaged: its arrays are nested too deeply');
    while (this.#bytes[this.#position] !== END) items.push(this.decode(true));
    this.#position++;
    this.#depth--;
    return items;
  }

  #content(nested: boolean): Buffer {
    const start = this.#position;
    if (!nested) return this.#bytes.subarray(start, this.#end);
    const plain: number[] = [];
    for (;;) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new Error('A key is cut off');
      if (byte !== END) plain.push(byte);
      else if (this.#bytes[this.#position] === ESCAPED) {
        plain.push(END);
        this.#position++;
      } else return Buffer.from(plain);
    }
  }
}
