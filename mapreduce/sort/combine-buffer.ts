import { ByteSink } from './byte-sink.ts';
import { encodeKey } from './key-codec.ts';

/** Values of one key that are gathered before they are combined. */
const VALUES_MAX = 128;
/** What an entry takes beside its key and values, roughly: the object, its place in the Map, the array. */
const ENTRY_BYTES = 160;
const VALUE_BYTES = 8;
/** Strings of fewer characters are copied when they are cut out of a line; longer ones keep the whole line alive. */
const SLICED_CHARS_MIN = 13;

export type Combine = (key: unknown, values: Iterable<unknown>, emit: (key: unknown, value: unknown) => void) => void;

interface Entry {
  readonly key: unknown;
  readonly partition: number;
  /** Of the encoded key. */
  readonly keyBytes: number;
  values: unknown[];
  /** What the values take, roughly. */
  valuesBytes: number;
  /** How many of `values`, from the first, combine() has already seen. */
  combined: number;
  /** Combine when there are so many values. */
  valuesMax: number;
}

/**
 * Pairs in memory by key, combined as they come: a job that counts never holds more than one entry a key. Keys are
 * equal when their encoded bytes are.
 */
export class CombineBuffer {
  readonly #combine: Combine;
  /** Strings, numbers, booleans and null by themselves; all other keys by their encoded bytes. */
  #byKey = new Map<unknown, Entry>();
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

  /** Adds one pair; the answer is the bytes of its encoded key. `partition` is asked only for a new key. */
  add(key: unknown, value: unknown, valueBytes: number, partition: (key: unknown, value: unknown) => number): number {
    const entry = this.#entryOf(key, value, partition);
    const { values } = entry;
    values.push(value);
    entry.valuesBytes += VALUE_BYTES + valueBytes;
    this.#usedBytes += VALUE_BYTES + valueBytes;
    if (values.length >= entry.valuesMax) this.#combineEntry(entry);
    return entry.keyBytes;
  }

  /** Combines what is left and gives every pair to `visit`, in no order; the buffer is empty then. */
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
      return this.#byBytes.get(id) ?? this.#newEntry(this.#byBytes, id, key, partition(key, value));
    }
    const entry = this.#byKey.get(key);
    if (entry) return entry;
    this.#encode(key);
    const copied = typeof key === 'string' && key.length >= SLICED_CHARS_MIN ? this.#copyOfString() : key;
    // A string that is no proper Unicode does not survive the copy; it is kept as it is.
    const kept = copied === key ? copied : key;
    return this.#newEntry(this.#byKey, kept, kept, partition(key, value));
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
      if (key !== entry.key && typeof key !== 'object') {
        throw new Error(`combine() was given the key ${String(entry.key)} and emitted the key ${String(key)}`);
      }
      combined.push(value);
    });
    entry.values = combined;
    entry.combined = combined.length;
    // A combine that keeps most of its values is not run on them again at every further one.
    entry.valuesMax = Math.max(VALUES_MAX, 2 * combined.length);
    const valuesBytes = Math.ceil((entry.valuesBytes * combined.length) / before);
    this.#usedBytes += valuesBytes - entry.valuesBytes;
    entry.valuesBytes = valuesBytes;
  }
}
