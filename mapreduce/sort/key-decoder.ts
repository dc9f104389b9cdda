/** Decodes keys that are more than one string. */
import { decodeText } from '../formats/text.ts';
import { BIGINT_SIGN, BITS_LENGTH, ESCAPED, KEY_TAG } from './key-tags.ts';
import { DEPTH_MAX } from './refused-value.ts';
import { typedArrayOf } from './value-kinds.ts';

/** Bytes of a bigint's length. */
const LENGTH_BYTES = 4;

export class KeyDecoder {
  #position: number;
  #depth = 0;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** @throws Error for bytes that are no key */
  decode(nested: boolean): unknown {
    const tag = this.#take(1)[0];
    switch (tag) {
      case KEY_TAG.NULL:
        return null;
      case KEY_TAG.FALSE:
        return false;
      case KEY_TAG.TRUE:
        return true;
      case KEY_TAG.UNDEFINED:
        return undefined;
      case KEY_TAG.NUMBER:
        return this.#number();
      case KEY_TAG.BIGINT:
        return this.#bigint();
      case KEY_TAG.DATE:
        return this.#date();
      case KEY_TAG.STRING: {
        const text = this.#content(nested);
        return decodeText(text, 0, text.length);
      }
      case KEY_TAG.STRING16:
        return Buffer.from(this.#content(nested)).swap16().toString('utf16le');
      case KEY_TAG.BYTES:
        return new Uint8Array(this.#content(nested));
      case KEY_TAG.BUFFER:
        return Buffer.from(this.#content(nested));
      case KEY_TAG.TYPED: {
        const content = this.#content(nested);
        return typedArrayOf(content[0] ?? -1, content.subarray(1));
      }
      case KEY_TAG.ARRAY:
        return this.#items();
      case KEY_TAG.SET:
        return new Set(this.#items());
      case KEY_TAG.MAP:
        return new Map(this.#entries());
      case KEY_TAG.OBJECT:
        return this.#object();
      default:
        throw new Error(`A key is damaged: tag ${tag}`);
    }
  }

  #take(length: number): Buffer {
    const start = this.#position;
    if (start + length > this.#end) throw new Error('A key is cut off');
    this.#position += length;
    return this.#bytes.subarray(start, start + length);
  }

  #number(): number {
    const bits = Buffer.from(this.#take(BITS_LENGTH));
    if (bits.every((byte) => byte === 0xff)) return Number.NaN;
    const first = bits.readUInt8(0);
    if (first & 0x80) bits[0] = first & 0x7f;
    else for (let i = 0; i < BITS_LENGTH; i++) bits[i] = ~(bits[i] as number);
    return bits.readDoubleBE(0);
  }

  #date(): Date {
    const bits = this.#take(BITS_LENGTH);
    if (bits.every((byte) => byte === 0xff)) return new Date(Number.NaN);
    return new Date(Number(bits.readBigUInt64BE() - 2n ** 63n));
  }

  #bigint(): bigint {
    const sign = this.#take(1)[0];
    if (sign === BIGINT_SIGN.ZERO) return 0n;
    const isNegative = sign === BIGINT_SIGN.NEGATIVE;
    const upright = (bytes: Buffer): Buffer => (isNegative ? Buffer.from(bytes.map((byte) => ~byte)) : bytes);
    const length = upright(this.#take(LENGTH_BYTES)).readUInt32BE();
    const magnitude = BigInt(`0x${upright(this.#take(length)).toString('hex')}`);
    return isNegative ? -magnitude : magnitude;
  }

  #items(): unknown[] {
    const items: unknown[] = [];
    if (++this.#depth > DEPTH_MAX + 1) throw new Error('A key is damaged: its parts are nested too deeply');
    while (this.#bytes[this.#position] !== KEY_TAG.END || this.#position >= this.#end) items.push(this.decode(true));
    this.#position++;
    this.#depth--;
    return items;
  }

  #entries(): [unknown, unknown][] {
    const items = this.#items();
    return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i], items[2 * i + 1]]);
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    for (const [name, value] of this.#entries()) {
      // A plain assignment to the name __proto__ would set the prototype.
      Object.defineProperty(object, String(name), { value, writable: true, enumerable: true, configurable: true });
    }
    return object;
  }

  #content(nested: boolean): Buffer {
    if (!nested) return this.#take(this.#end - this.#position);
    const plain: number[] = [];
    for (;;) {
      const byte = this.#take(1)[0] as number;
      if (byte !== KEY_TAG.END) plain.push(byte);
      else if (this.#bytes[this.#position] === ESCAPED && this.#position < this.#end) {
        plain.push(KEY_TAG.END);
        this.#position++;
      } else return Buffer.from(plain);
    }
  }
}
