/** Pairs in memory that are combined while they are gathered. */
import { inspect } from 'node:util';
import { ByteSink } from './byte-sink.ts';
import { decodeKey, encodeKey } from './key-codec.ts';
import { encodedValueBytes, snapshot } from './value-codec.ts';

/** Number of values of one key at which they are combined. */
const VALUES_MAX = 128;
/** Approximate bytes of an entry without its key and values: the object, its place in the Map, the array. */
const ENTRY_BYTES = 160;
const VALUE_BYTES = 8;
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
  /** Entries of keys that are no objects, by the key. */
  #byKey = new Map<unknown, Entry>();
  /** Entries of all other keys, by the encoded bytes. */
  #byBytes = new Map<string, Entry>();
  readonly #encoded = new ByteSink(256);
  #usedBytes = 0;

  constructor(combine: Combine) {
    this.#combine = combine;
  }

  get keys(): number {
    return this.#byKey.size + this.#byBytes.size;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Adds one pair. Returns the length of its encoded key and value. Calls `partition` only for a new key. The caller may
   * change an object after this call: the buffer keeps a copy.
   */
  add(key: unknown, value: unknown, partition: (key: unknown, value: unknown) => number): number {
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

  /** Combines the remaining values, gives every pair to `visit` in any order, and empties the buffer. */
  drain(visit: (partition: number, key: unknown, value: unknown) => void): void {
    for (const entries of [this.#byKey, this.#byBytes]) {
      for (const entry of entries.values()) {
        if (entry.combined < entry.values.length) this.#combineEntry(entry);
        for (const value of entry.values) visit(entry.partition, entry.key, value);
      }
    }
    this.#byKey = new Map();
    this.#byBytes = new Map();
    this.#usedBytes = 0;
  }

  #entryOf(key: unknown, value: unknown, partition: (key: unknown, value: unknown) => number): Entry {
    if (typeof key === 'object' && key !== null) {
      this.#encode(key);
      const id = this.#encoded.bytes.toString('latin1', 0, this.#encoded.length);
      const found = this.#byBytes.get(id);
      if (found) return found;
      const copy = decodeKey(this.#encoded.bytes, 0, this.#encoded.length);
      return this.#newEntry(this.#byBytes, id, copy, partition(key, value));
    }
    const entry = this.#byKey.get(key);
    if (entry) return entry;
    this.#encode(key);
    const copied = typeof key === 'string' && key.length >= SLICED_CHARS_MIN ? this.#copyOfString() : key;
    // The copy of a string that is not well-formed Unicode would differ: such a string stays as it is.
    const kept = copied === key ? copied : key;
    return this.#newEntry(this.#byKey, kept, kept, partition(key, value));
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

  #copyOfString(): string {
    return this.#encoded.bytes.toString('utf8', 1, this.#encoded.length);
  }

  #newEntry<Id>(entries: Map<Id, Entry>, id: Id, key: unknown, partition: number): Entry {
    const entry: Entry = {
      key,
      partition,
      keyBytes: this.#encoded.length,
      values: [],
      valuesBytes: 0,
      combined: 0,
      valuesMax: VALUES_MAX,
    };
    entries.set(id, entry);
    this.#usedBytes += ENTRY_BYTES + this.#encoded.length;
    return entry;
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
