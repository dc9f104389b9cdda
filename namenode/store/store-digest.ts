/** The number of keys in the store and a digest of them all, by which lost keys and older values are found. Pure. */

/** What the digest of a store comes to. Two stores with the same keys and values have the same. */
export interface DigestSum {
  readonly keys: number;
  /** Two sums modulo 2 ** 32 over all keys. */
  readonly sums: readonly [number, number];
}

/** Segments grow alone, so that no growth holds the event loop for more than a moment. */
const SEGMENTS = 256;
const FIRST_SLOTS = 16;
const FILLED_MAX = 0.7;

/**
 * Keeps count and digest of all keys under put and delete. The sum of a hash for each key does not depend on the order.
 * A put must take the key's former hash out of the sum, so the former checksum of each key is kept: about 20 bytes a key.
 */
export class StoreDigest {
  readonly #segments: Segment[] = Array.from({ length: SEGMENTS }, () => new Segment());
  #keys = 0;
  #sum0 = 0;
  #sum1 = 0;

  get sum(): DigestSum {
    return { keys: this.#keys, sums: [this.#sum0 >>> 0, this.#sum1 >>> 0] };
  }

  /** Notes a key with the checksum of its key and value. */
  put(key: string, checksum: number): void {
    const [high, low] = hashOf(key);
    const former = this.#segment(high).put(high, low, checksum);
    if (former === undefined) this.#keys++;
    else this.#add(high, low, former, -1);
    this.#add(high, low, checksum, 1);
  }

  /** Forgets a key. A key that is not there changes nothing. */
  delete(key: string): void {
    const [high, low] = hashOf(key);
    const former = this.#segment(high).delete(high, low);
    if (former === undefined) return;
    this.#keys--;
    this.#add(high, low, former, -1);
  }

  #segment(high: number): Segment {
    return this.#segments[high >>> 24] as Segment;
  }

  #add(high: number, low: number, checksum: number, sign: 1 | -1): void {
    this.#sum0 = (this.#sum0 + sign * mix(high ^ Math.imul(checksum, 0x9e3779b1))) | 0;
    this.#sum1 = (this.#sum1 + sign * mix(low ^ Math.imul(checksum, 0x85ebca77))) | 0;
  }
}

/** An open-addressing table from 64-bit hashes to checksums. A slot whose hash is 0 is empty. */
class Segment {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #checksums = new Uint32Array(FIRST_SLOTS);
  #filled = 0;

  /** Returns the former checksum. */
  put(high: number, low: number, checksum: number): number | undefined {
    const slot = this.#find(high, low);
    if (!this.#isEmpty(slot)) {
      const former = this.#checksums[slot];
      this.#checksums[slot] = checksum;
      return former;
    }
    this.#fill(slot, high, low, checksum);
    if (++this.#filled > this.#high.length * FILLED_MAX) this.#grow();
    return undefined;
  }

  /** Returns the former checksum. */
  delete(high: number, low: number): number | undefined {
    let hole = this.#find(high, low);
    if (this.#isEmpty(hole)) return undefined;
    const former = this.#checksums[hole];
    const mask = this.#high.length - 1;
    // Entries behind the hole move up, so that no search ends before it finds them.
    for (let slot = (hole + 1) & mask; !this.#isEmpty(slot); slot = (slot + 1) & mask) {
      const home = (this.#low[slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#fill(hole, this.#high[slot] as number, this.#low[slot] as number, this.#checksums[slot] as number);
      hole = slot;
    }
    this.#fill(hole, 0, 0, 0);
    this.#filled--;
    return former;
  }

  /** Returns the slot of a hash, or the empty slot where it would go. */
  #find(high: number, low: number): number {
    const mask = this.#high.length - 1;
    let slot = low & mask;
    while (!this.#isEmpty(slot) && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask;
    return slot;
  }

  #isEmpty(slot: number): boolean {
    return this.#low[slot] === 0 && this.#high[slot] === 0;
  }

  #fill(slot: number, high: number, low: number, checksum: number): void {
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#checksums[slot] = checksum;
  }

  #grow(): void {
    const [high, low, checksums] = [this.#high, this.#low, this.#checksums];
    this.#high = new Uint32Array(2 * high.length);
    this.#low = new Uint32Array(2 * high.length);
    this.#checksums = new Uint32Array(2 * high.length);
    for (const [slot, part] of high.entries()) {
      const [other, checksum] = [low[slot] as number, checksums[slot] as number];
      if (part !== 0 || other !== 0) this.#fill(this.#find(part, other), part, other, checksum);
    }
  }
}

/** Returns two 32-bit hashes of a key, never both 0. */
function hashOf(key: string): [number, number] {
  let high = 0x243f6a88;
  let low = 0xb7e15162;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    low = Math.imul(low ^ unit, 0xc2b2ae35);
    low ^= low >>> 15;
  }
  return [mix(high) >>> 0, mix(low) >>> 0 || 1];
}

/** Spreads the bits of a number over all 32 bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
