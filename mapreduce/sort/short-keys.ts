/** Numbers short ASCII strings, among which most words of a text are, faster than a Map. */

const INITIAL_SLOTS = 4096;
const CHARS_MAX = 15;
const ASCII_MAX = 0x7f;
/** Numbers of 32 bits by which a string is known: up to fifteen characters, and in the last byte its length. */
const WORDS = 4;

/**
 * A Map computes the hash of each string that was cut out of a line by a call into the engine, and then compares the string
 * with a key that lies elsewhere in memory. Here the characters become four numbers, which lie side by side in one array.
 */
export class ShortKeys {
  #mask = INITIAL_SLOTS - 1;
  /** For each slot a hash and, above 0, the number of its string plus one. */
  #slots = new Int32Array(2 * INITIAL_SLOTS);
  #words = new Int32Array((WORDS * INITIAL_SLOTS) / 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of the string. A new one has the number that `size` had before. -1: the string is long or not ASCII. */
  numberOf(text: string): number {
    const { length } = text;
    if (length > CHARS_MAX) return -1;
    let w0 = 0;
    let w1 = 0;
    let w2 = 0;
    let w3 = 0;
    let all = 0;
    for (let i = Math.min(length, 4) - 1; i >= 0; i--) {
      const code = text.charCodeAt(i);
      all |= code;
      w0 = (w0 << 8) | code;
    }
    for (let i = Math.min(length, 8) - 1; i >= 4; i--) {
      const code = text.charCodeAt(i);
      all |= code;
      w1 = (w1 << 8) | code;
    }
    for (let i = Math.min(length, 12) - 1; i >= 8; i--) {
      const code = text.charCodeAt(i);
      all |= code;
      w2 = (w2 << 8) | code;
    }
    for (let i = length - 1; i >= 12; i--) {
      const code = text.charCodeAt(i);
      all |= code;
      w3 = (w3 << 8) | code;
    }
    if (all > ASCII_MAX) return -1;
    return this.#find(w0, w1, w2, (w3 << 8) | length);
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #find(w0: number, w1: number, w2: number, w3: number): number {
    const hash = hashOf(w0, w1, w2, w3);
    const slots = this.#slots;
    const words = this.#words;
    let slot = hash & this.#mask;
    for (;;) {
      const number = (slots[2 * slot + 1] as number) - 1;
      if (number < 0) return this.#add(hash, slot, w0, w1, w2, w3);
      const at = WORDS * number;
      if (
        slots[2 * slot] === hash &&
        words[at] === w0 &&
        words[at + 1] === w1 &&
        words[at + 2] === w2 &&
        words[at + 3] === w3
      ) {
        return number;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #add(hash: number, slot: number, w0: number, w1: number, w2: number, w3: number): number {
    const number = this.#size++;
    const at = WORDS * number;
    this.#words[at] = w0;
    this.#words[at + 1] = w1;
    this.#words[at + 2] = w2;
    this.#words[at + 3] = w3;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = number + 1;
    // Half of the slots stay empty, so that a search ends soon.
    if (this.#size * WORDS === this.#words.length) this.#grow();
    return number;
  }

  #grow(): void {
    const old = this.#slots;
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    const slots = new Int32Array(2 * old.length);
    this.#slots = slots;
    this.#mask = slots.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue;
      let slot = (old[at] as number) & this.#mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
      slots[2 * slot] = old[at] as number;
      slots[2 * slot + 1] = old[at + 1] as number;
    }
  }
}

/** Mixes all bits of the four numbers into the low bits, which choose the slot. */
function hashOf(w0: number, w1: number, w2: number, w3: number): number {
  let hash =
    Math.imul(w0, 0x9e3779b1) ^ Math.imul(w1, 0x85ebca77) ^ Math.imul(w2, 0xc2b2ae35) ^ Math.imul(w3, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
