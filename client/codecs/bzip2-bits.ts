/** Bits of bzip2 streams, whose blocks begin at any bit. */

/** Copies the bits [from, to) of the bytes to the begin of a new array; the last byte is filled with zeros. */
export function bitsOf(bytes: Buffer, from: number, to: number): Buffer {
  const first = Math.floor(from / 8);
  const shift = from % 8;
  const copy = Buffer.alloc(Math.ceil((to - from) / 8));
  if (shift === 0) bytes.copy(copy, 0, first, first + copy.length);
  else {
    for (let i = 0; i < copy.length; i++) {
      copy[i] = ((bytes[first + i] as number) << shift) | ((bytes[first + i + 1] ?? 0) >> (8 - shift));
    }
  }
  const rest = (to - from) % 8;
  if (rest > 0) copy[copy.length - 1] = (copy[copy.length - 1] as number) & (0xff << (8 - rest));
  return copy;
}

/** Returns the number of 32 bits that begins at this bit. */
export function uint32At(bytes: Buffer, bit: number): number {
  return bitsOf(bytes, bit, bit + 32).readUInt32BE(0);
}

/** Joins runs of bits to bytes. */
export class BitWriter {
  #parts: Buffer[] = [];
  /** The bits that make no whole byte yet, at the high end. */
  #rest = 0;
  #restBits = 0;

  /** Adds the first `count` bits; the bits after them in the last byte are zeros. */
  add(bits: Buffer, count: number): void {
    const used = this.#restBits;
    const total = used + count;
    const joined = Buffer.alloc(Math.ceil(total / 8));
    let carry = this.#rest;
    for (let i = 0; i < joined.length; i++) {
      const byte = bits[i] ?? 0;
      joined[i] = carry | (byte >> used);
      carry = (byte << (8 - used)) & 0xff;
    }
    this.#restBits = total % 8;
    this.#rest = this.#restBits > 0 ? (joined[joined.length - 1] as number) : 0;
    this.#parts.push(this.#restBits > 0 ? joined.subarray(0, -1) : joined);
  }

  /** Returns the whole bytes that are there. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    return bytes;
  }

  /** Fills the last byte with zeros. Returns the bytes that were not taken. */
  end(): Buffer {
    if (this.#restBits > 0) this.#parts.push(Buffer.of(this.#rest));
    this.#restBits = 0;
    this.#rest = 0;
    return this.take();
  }
}
