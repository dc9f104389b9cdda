/** Pairs in memory that are combined while they are gathered. */
import { inspect } from 'node:util';
import { ByteSink } from './byte-sink.ts';
import { decodeKey, encodeKey } from './key-codec.ts';
import { ShortKeys } from './short-keys.ts';
import { encodedValueBytes, snapshot } from './value-codec.ts';

/** Number of values of one key at which they are combined. */
const VALUES_MAX = 128;
/** Approximate bytes of an entry without its key and values: the object, its place in the Map, the array. */
const ENTRY_BYTES = 160;
const VALUE_BYTES = 8;
const INITIAL_SUMS = 1024;
/** Bytes that encodeKey() writes before the text of a string. */
const KEY_TAG_BYTES = 1;
/** V8 copies shorter strings when it cuts them out of a line; a longer one keeps the whole line in memory. */
const SLICED_CHARS_MIN = 13;

export type Combine = (key: unknown, values: Iterable<unknown>, emit: (key: unknown, value: unknown) => void) => void;

interface Entry {
  readonly key: unknown;
  readonly partition: number;
  /** Length of the encoded key. */
  readonly keyBytes: number;
  values: unknown[];
  /** Approximate bytes of the values. */
  valuesBytes: number;
  /** Number of `values`, from the first, that are results of combine(). */
  combined: number;
  /** Number of values at which they are combined. */
  valuesMax: number;
}

/**
 * Pairs in memory by key. Values are combined as they come, so that a job that counts holds only one entry for each key.
 * Two keys are equal if their encoded bytes are equal.
 */
export class CombineBuffer {
  readonly #combine: Combine;
  readonly #short = new ShortKeys();
  /** Entries of short ASCII strings, by the number of the string. */
  #byNumber: Entry[] = [];
  /** Sums of the values of the same keys, if the combiner is sum(): their entries have no values. */
  #sums: Float64Array<ArrayBuffer> | undefined;
  /** Entries of the other keys that are no objects, by the key. */
  #byKey = new Map<unknown, Entry>();
  /** Entries of all other keys, by the encoded bytes. */
  #byBytes = new Map<string, Entry>();
  readonly #encoded = new ByteSink(256);
  #usedBytes = 0;

  /** @param sums the combiner adds up numbers, and emits the sum: the buffer may do so itself */
  constructor(combine: Combine, sums = false) {
    this.#combine = combine;
    this.#sums = sums ? new Float64Array(INITIAL_SUMS) : undefined;
  }

  get keys(): number {
    return this.#byNumber.length + this.#byKey.size + this.#byBytes.size;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Adds one pair. Returns the length of its encoded key and value. Calls `partition` only for a new key. The caller may
   * change an object after this call: the buffer keeps a copy.
   */
  add(key: unknown, value: unknown, partition: (key: unknown, value: unknown) => number): number {
    if (this.#sums && typeof value === 'number' && typeof key === 'string') {
      const number = this.#short.numberOf(key);
      if (number >= 0) return this.#addToSum(number, key, value, partition);
    }
    const isObject = typeof value === 'object' && value !== null;
    const kept = isObject ? snapshot(value) : undefined;
    const valueBytes = kept ? kept.bytes : encodedValueBytes(value);
    const entry = this.#entryOf(key, value, partition);
    const { values } = entry;
    values.push(kept ? kept.value : value);
    entry.valuesBytes += VALUE_BYTES + valueBytes;
    this.#usedBytes += VALUE_BYTES + valueBytes;
    if (values.length >= entry.valuesMax) this.#combineEntry(entry);
    return entry.keyBytes + valueBytes;
  }

  #addToSum(number: number, key: string, value: number, partition: (key: unknown, value: unknown) => number): number {
    if (number === this.#byNumber.length) this.#addSum(key, value, partition);
    const sums = this.#sums as Float64Array;
    sums[number] = (sums[number] as number) + value;
    return KEY_TAG_BYTES + key.length + encodedValueBytes(value);
  }

  #addSum(key: string, value: number, partition: (key: unknown, value: unknown) => number): void {
    const number = this.#byNumber.length;
    this.#encode(key);
    this.#byNumber.push(this.#newEntry(this.#keptText(key), partition(key, value)));
    this.#usedBytes += VALUE_BYTES;
    let sums = this.#sums as Float64Array<ArrayBuffer>;
    if (number === sums.length) {
      sums = new Float64Array(2 * number);
      sums.set(this.#sums as Float64Array);
      this.#sums = sums;
    }
    sums[number] = 0;
  }

  /** Combines the remaining values, gives every pair to `visit` in any order, and empties the buffer. */
  drain(visit: (partition: number, key: unknown, value: unknown) => void): void {
    const sums = this.#sums;
    if (sums) {
      for (const [number, { partition, key }] of this.#byNumber.entries()) visit(partition, key, sums[number]);
      this.#byNumber = [];
    }
    for (const entries of [this.#byNumber, this.#byKey, this.#byBytes]) {
      for (const entry of entries.values()) {
        if (entry.combined < entry.values.length) this.#combineEntry(entry);
        for (const value of entry.values) visit(entry.partition, entry.key, value);
      }
    }
    this.#short.clear();
    this.#byNumber = [];
    this.#byKey = new Map();
    this.#byBytes = new Map();
    this.#usedBytes = 0;
  }

  #entryOf(key: unknown, value: unknown, partition: (key: unknown, value: unknown) => number): Entry {
    if (typeof key === 'string' && !this.#sums) {
      const number = this.#short.numberOf(key);
      const known = number < 0 ? undefined : this.#byNumber[number];
      if (known) return known;
      if (number >= 0) {
        this.#encode(key);
        const added = this.#newEntry(this.#keptText(key), partition(key, value));
        this.#byNumber.push(added);
        return added;
      }
    }
    if (typeof key === 'object' && key !== null) {
      this.#encode(key);
      const id = this.#encoded.bytes.toString('latin1', 0, this.#encoded.length);
      const found = this.#byBytes.get(id);
      if (found) return found;
      const copy = decodeKey(this.#encoded.bytes, 0, this.#encoded.length);
      const entry = this.#newEntry(copy, partition(key, value));
      this.#byBytes.set(id, entry);
      return entry;
    }
    const found = this.#byKey.get(key);
    if (found) return found;
    this.#encode(key);
    const kept = typeof key === 'string' ? this.#keptText(key) : key;
    const entry = this.#newEntry(kept, partition(key, value));
    this.#byKey.set(kept, entry);
    return entry;
  }

  /** Returns a copy of the key that was encoded last, if the string would keep the line that it was cut out of. */
  #keptText(key: string): string {
    if (key.length < SLICED_CHARS_MIN) return key;
    const copy = this.#encoded.bytes.toString('utf8', 1, this.#encoded.length);
    // The copy of a string that is not well-formed Unicode would differ: such a string stays as it is.
    return copy === key ? copy : key;
  }

  #isSameKey(a: unknown, b: unknown): boolean {
    this.#encode(a);
    const encoded = Buffer.from(this.#encoded.bytes.subarray(0, this.#encoded.length));
    this.#encode(b);
    return encoded.equals(this.#encoded.bytes.subarray(0, this.#encoded.length));
  }

  #encode(key: unknown): void {
    this.#encoded.clear();
    encodeKey(key, this.#encoded);
  }

  /** Returns an entry for the key that was encoded last. */
  #newEntry(key: unknown, partition: number): Entry {
    const keyBytes = this.#encoded.length;
    this.#usedBytes += ENTRY_BYTES + keyBytes;
    return { key, partition, keyBytes, values: [], valuesBytes: 0, combined: 0, valuesMax: VALUES_MAX };
  }

  #combineEntry(entry: Entry): void {
    const before = entry.values.length;
    const combined: unknown[] = [];
    this.#combine(entry.key, entry.values, (key, value) => {
      if (key !== entry.key && !this.#isSameKey(key, entry.key)) {
        throw new Error(`combine() was given the key ${inspect(entry.key)} and emitted the key ${inspect(key)}`);
      }
      combined.push(typeof value === 'object' && value !== null ? snapshot(value).value : value);
    });
    entry.values = combined;
    entry.combined = combined.length;
    // A combine() that keeps most of its values would otherwise run again at every further value.
    entry.valuesMax = Math.max(VALUES_MAX, 2 * combined.length);
    const valuesBytes = Math.ceil((entry.valuesBytes * combined.length) / before);
    this.#usedBytes += valuesBytes - entry.valuesBytes;
    entry.valuesBytes = valuesBytes;
  }
}
