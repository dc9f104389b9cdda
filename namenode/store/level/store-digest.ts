/** The number of keys in the store and a digest of them all, by which lost keys and older values are found. Pure. */

/** The digest's value. Two stores with the same keys and values have the same. */
export interface DigestSum {
  readonly keys: number;
  /** Two sums modulo 2 ** 32 over all keys. */
  readonly sums: readonly [number, number];
}

/** Segments grow alone, so that no growth holds the event loop for more than a moment. */
const SEGMENTS = 256;
const FIRST_SLOTS = 64;
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

/** The numbers of a slot: two hashes and a checksum, side by side, so that a search touches one line of the cache. */
const SLOT = 3;

/** An open-addressing table from 64-bit hashes to checksums. A slot whose hashes are 0 is empty. */
class Segment {
  #slots = new Uint32Array(FIRST_SLOTS * SLOT);
  #mask = FIRST_SLOTS - 1;
  #filled = 0;

  /** Returns the former checksum. */
  put(high: number, low: number, checksum: number): number | undefined {
    const at = this.#find(high, low);
    if (!this.#isEmpty(at)) {
      const former = this.#slots[at + 2];
      this.#slots[at + 2] = checksum;
      return former;
    }
    this.#fill(at, high, low, checksum);
    if (++this.#filled > (this.#mask + 1) * FILLED_MAX) this.#grow();
    return undefined;
  }

  /** Returns the former checksum. */
  delete(high: number, low: number): number | undefined {
    const found = this.#find(high, low);
    if (this.#isEmpty(found)) return undefined;
    const former = this.#slots[found + 2];
    let hole = found / SLOT;
    // Entries behind the hole move up, so that no search ends before it finds them.
    for (let slot = (hole + 1) & this.#mask; !this.#isEmpty(slot * SLOT); slot = (slot + 1) & this.#mask) {
      const home = (this.#slots[slot * SLOT + 1] as number) & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      this.#slots.copyWithin(hole * SLOT, slot * SLOT, (slot + 1) * SLOT);
      hole = slot;
    }
    this.#fill(hole * SLOT, 0, 0, 0);
    this.#filled--;
    return former;
  }

  /** Returns the offset of a hash's slot, or of the empty slot where it would go. */
  #find(high: number, low: number): number {
    let at = (low & this.#mask) * SLOT;
    while (!this.#isEmpty(at) && (this.#slots[at + 1] !== low || this.#slots[at] !== high)) {
      at = at === this.#mask * SLOT ? 0 : at + SLOT;
    }
    return at;
  }

  #isEmpty(at: number): boolean {
    return this.#slots[at + 1] === 0 && this.#slots[at] === 0;
  }

  #fill(at: number, high: number, low: number, checksum: number): void {
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#slots[at + 2] = checksum;
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Uint32Array(2 * former.length);
    this.#mask = 2 * this.#mask + 1;
    for (let from = 0; from < former.length; from += SLOT) {
      const [high, low] = [former[from] as number, former[from + 1] as number];
      if (high !== 0 || low !== 0) this.#fill(this.#find(high, low), high, low, former[from + 2] as number);
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
