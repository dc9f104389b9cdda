/** Typed bytes, the binary form of values in Hadoop Streaming (org.apache.hadoop.typedbytes): where each value ends, and its text. */
import { javaDouble, javaFloat } from './java-numbers.ts';

/** The byte that a value begins with. */
export const TYPE = {
  BYTES: 0,
  BYTE: 1,
  BOOL: 2,
  INT: 3,
  LONG: 4,
  FLOAT: 5,
  DOUBLE: 6,
  STRING: 7,
  VECTOR: 8,
  LIST: 9,
  MAP: 10,
  MARKER: 255,
} as const;

const FIXED: ReadonlyMap<number, number> = new Map([
  [TYPE.BYTE, 1],
  [TYPE.BOOL, 1],
  [TYPE.INT, 4],
  [TYPE.LONG, 8],
  [TYPE.FLOAT, 4],
  [TYPE.DOUBLE, 8],
]);

/** Whether the content has its length before it: bytes, a string, and types of an application, 50 to 200. */
const isSized = (type: number): boolean => type === TYPE.BYTES || type === TYPE.STRING || (type >= 50 && type <= 200);

/**
 * Returns the index behind the value that begins at `start`; undefined if the bytes end within it.
 * @throws Error for a byte that begins no value
 */
export function endOfValue(bytes: Buffer, start: number): number | undefined {
  if (start >= bytes.length) return undefined;
  const type = bytes[start] as number;
  const at = start + 1;
  const fixed = FIXED.get(type);
  if (fixed !== undefined) return within(bytes, at + fixed);
  if (type === TYPE.MARKER) return at;
  if (type === TYPE.LIST) return endOfList(bytes, at);
  if (!isSized(type) && type !== TYPE.VECTOR && type !== TYPE.MAP) throw new Error('unknown type');
  if (at + 4 > bytes.length) return undefined;
  const count = bytes.readInt32BE(at);
  if (isSized(type)) return within(bytes, at + 4 + count);
  return endOfItems(bytes, at + 4, type === TYPE.MAP ? 2 * count : count);
}

const within = (bytes: Buffer, end: number): number | undefined => (end <= bytes.length ? end : undefined);

function endOfItems(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start;
  for (let i = 0; i < count && end !== undefined; i++) end = endOfValue(bytes, end);
  return end;
}

function endOfList(bytes: Buffer, start: number): number | undefined {
  let end: number | undefined = start;
  while (end !== undefined && bytes[end] !== TYPE.MARKER) end = endOfValue(bytes, end);
  return end === undefined ? undefined : end + 1;
}

/** Returns the bytes of a long: LongWritable, as the key of a line. */
export function longValue(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = TYPE.LONG;
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
}

/** Returns the bytes of a value that has its length before it. */
export function sizedValue(type: number, content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(5 + content.length);
  bytes[0] = type;
  bytes.writeInt32BE(content.length, 1);
  bytes.set(content, 5);
  return bytes;
}

/** Returns the text that Java's toString() makes of the value: TypedBytesWritable.toString. */
export function typedBytesText(bytes: Buffer): string {
  return new TextReader(bytes).read();
}

class TextReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): string {
    const type = this.#bytes[this.#at++] as number;
    switch (type) {
      case TYPE.BYTE:
        return String(this.#take(1).readInt8());
      case TYPE.BOOL:
        return String(this.#take(1)[0] !== 0);
      case TYPE.INT:
        return String(this.#take(4).readInt32BE());
      case TYPE.LONG:
        return String(this.#take(8).readBigInt64BE());
      case TYPE.FLOAT:
        return javaFloat(this.#take(4).readFloatBE());
      case TYPE.DOUBLE:
        return javaDouble(this.#take(8).readDoubleBE());
      case TYPE.STRING:
        return this.#content().toString();
      case TYPE.VECTOR:
        return `[${this.#items(this.#take(4).readInt32BE()).join(', ')}]`;
      case TYPE.LIST:
        return `[${this.#list().join(', ')}]`;
      case TYPE.MAP:
        return this.#map();
      default:
        return this.#content().toString('hex');
    }
  }

  #items(count: number): string[] {
    return Array.from({ length: count }, () => this.read());
  }

  #list(): string[] {
    const items: string[] = [];
    while (this.#bytes[this.#at] !== TYPE.MARKER) items.push(this.read());
    this.#at++;
    return items;
  }

  /** Java's TreeMap has its keys in order: numbers by size, all others by their texts. */
  #map(): string {
    const count = this.#take(4).readInt32BE();
    const isNumber = (this.#bytes[this.#at] ?? 0) <= TYPE.DOUBLE && this.#bytes[this.#at] !== TYPE.BYTES;
    const entries = new Map(Array.from({ length: count }, () => [this.read(), this.read()] as const));
    const order = isNumber
      ? (a: string, b: string): number => Number(a) - Number(b)
      : (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    const sorted = [...entries].sort(([a], [b]) => order(a, b));
    return `{${sorted.map(([key, value]) => `${key}=${value}`).join(', ')}}`;
  }

  #content(): Buffer {
    return this.#take(this.#take(4).readInt32BE());
  }

  #take(length: number): Buffer {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new Error('A value of typed bytes is cut off');
    return this.#bytes.subarray(start, this.#at);
  }
}
