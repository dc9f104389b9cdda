/**
 * CRC of a concatenation from the CRCs of its parts, as Hadoop's COMPOSITE_CRC checksums need it. A CRC is a remainder
 * of polynomial division; appending n zero bytes multiplies it by x^(8n), and the rest is exclusive or.
 */

/** Generator polynomials, lowest power in the highest bit. */
const POLYNOMIALS = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 } as const;
export type CompositeCrcType = keyof typeof POLYNOMIALS;

/** a * b modulo the polynomial. */
function multiply(a: number, b: number, polynomial: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}

/** x^(8 * bytes) modulo the polynomial. */
function powerOfBytes(bytes: number, type: CompositeCrcType): number {
  const polynomial = POLYNOMIALS[type];
  let result = 0x80000000;
  let square = 0x00800000;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, polynomial);
    square = multiply(square, square, polynomial);
  }
  return result;
}

/** Collects the CRCs of chunks into that of their concatenation. */
export class CrcComposer {
  readonly #type: CompositeCrcType;
  readonly #tables = new Map<number, Uint32Array>();
  #crc = 0;

  constructor(type: CompositeCrcType) {
    this.#type = type;
  }

  /** Appends a part of `lengthBytes` with this CRC. */
  update(crc: number, lengthBytes: number): void {
    const t = this.#table(lengthBytes);
    const c = this.#crc;
    const moved =
      (t[c >>> 24] ?? 0) ^
      (t[256 + ((c >>> 16) & 255)] ?? 0) ^
      (t[512 + ((c >>> 8) & 255)] ?? 0) ^
      (t[768 + (c & 255)] ?? 0);
    this.#crc = (moved ^ crc) >>> 0;
  }

  digest(): number {
    return this.#crc;
  }

  /** Products of every byte, at each of the four places, with x^(8 * length): multiplication is linear. */
  #table(lengthBytes: number): Uint32Array {
    let table = this.#tables.get(lengthBytes);
    if (!table) {
      const power = powerOfBytes(lengthBytes, this.#type);
      table = new Uint32Array(1024);
      for (let place = 0; place < 4; place++) {
        for (let byte = 0; byte < 256; byte++) {
          table[place * 256 + byte] = multiply((byte << (24 - 8 * place)) >>> 0, power, POLYNOMIALS[this.#type]);
        }
      }
      this.#tables.set(lengthBytes, table);
    }
    return table;
  }
}
