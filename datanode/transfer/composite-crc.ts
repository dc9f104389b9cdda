/**
 * Computes the CRC of a concatenation from the CRCs of its parts (Hadoop: CrcComposer, COMPOSITE_CRC). A CRC is the
 * remainder of a polynomial division. Appending n zero bytes multiplies the remainder by x^(8n); exclusive or with the
 * CRC of the next part then gives the CRC of both.
 */

/** The generator polynomials, with the lowest power in the highest bit. */
const POLYNOMIALS = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 } as const;
export type CompositeCrcType = keyof typeof POLYNOMIALS;

/** Returns a * b modulo the polynomial. */
function multiply(a: number, b: number, polynomial: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}

/** Returns x^(8 * bytes) modulo the polynomial. */
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

  /**
   * Returns the products of x^(8 * lengthBytes) with each byte at each of its four places. Multiplication is linear, so
   * that the product of any CRC is the exclusive or of four entries.
   */
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
