/** Sorts encoded records in memory. */
import { ByteSink } from './byte-sink.ts';
import { encodeKey } from './key-codec.ts';
import { bytewiseOrder, type KeyOrder } from './key-order.ts';
import { prefixWord, sortByKeys } from './sort-by-keys.ts';
import { encodeValue } from './value-codec.ts';

const INITIAL_RECORDS = 1024;
/** Bytes of one record in the arrays of SortBuffer. */
const META_BYTES = 4 + 4 + 4 + 4 + 4 + 4 + 4;

/** Gathers records in any order, encoded, and gives them sorted by partition and key. */
export class SortBuffer {
  readonly #data = new ByteSink(64 * 1024);
  readonly #partitions: number;
  readonly #order: KeyOrder;
  #partition = new Uint32Array(INITIAL_RECORDS);
  #keyStart = new Uint32Array(INITIAL_RECORDS);
  #keyEnd = new Uint32Array(INITIAL_RECORDS);
  #valueEnd = new Uint32Array(INITIAL_RECORDS);
  /** The first eight bytes of each key: the earlier four and the later four. */
  #high = new Uint32Array(INITIAL_RECORDS);
  #low = new Uint32Array(INITIAL_RECORDS);
  #records = 0;

  constructor(partitions: number, order: KeyOrder = bytewiseOrder) {
    this.#partitions = partitions;
    this.#order = order;
  }

  get records(): number {
    return this.#records;
  }

  /** Bytes of memory that the records take. */
  get usedBytes(): number {
    return this.#data.length + this.#records * META_BYTES;
  }

  /** Adds one record. Returns the length of its encoded key and value. */
  add(partition: number, key: unknown, value: unknown): number {
    const at = this.#records;
    if (at === this.#partition.length) this.#grow();
    const data = this.#data;
    const start = data.length;
    encodeKey(key, data);
    const keyEnd = data.length;
    encodeValue(value, data);
    this.#partition[at] = partition;
    this.#keyStart[at] = start;
    this.#keyEnd[at] = keyEnd;
    this.#valueEnd[at] = data.length;
    this.#high[at] = prefixWord(data.bytes, start, keyEnd);
    this.#low[at] = prefixWord(data.bytes, start + 4, keyEnd);
    this.#records++;
    return data.length - start;
  }

  clear(): void {
    this.#data.clear();
    this.#records = 0;
  }

  /** Yields each partition in turn, its records by their keys. Records of equal keys stay in the order of adding. */
  *sorted(): Generator<SortedPartition> {
    const counts = new Uint32Array(this.#partitions + 1);
    for (let i = 0; i < this.#records; i++) bump(counts, (this.#partition[i] as number) + 1);
    for (let p = 0; p < this.#partitions; p++) counts[p + 1] = (counts[p + 1] as number) + (counts[p] as number);
    const indexes = new Uint32Array(this.#records);
    const next = counts.slice();
    for (let i = 0; i < this.#records; i++) indexes[bump(next, this.#partition[i] as number)] = i;
    const { bytes } = this.#data;
    const keys = { bytes, start: this.#keyStart, end: this.#keyEnd, high: this.#high, low: this.#low };
    for (let p = 0; p < this.#partitions; p++) {
      const slice = sortByKeys(indexes.subarray(counts[p], counts[p + 1]), keys, this.#order);
      yield {
        partition: p,
        forEach: (visit) => {
          for (const i of slice) {
            visit(bytes, this.#keyStart[i] as number, this.#keyEnd[i] as number, this.#valueEnd[i] as number);
          }
        },
      };
    }
  }

  #grow(): void {
    const size = this.#partition.length * 2;
    const grown = (old: Uint32Array<ArrayBuffer>) => {
      const array = new Uint32Array(size);
      array.set(old);
      return array;
    };
    this.#partition = grown(this.#partition);
    this.#keyStart = grown(this.#keyStart);
    this.#keyEnd = grown(this.#keyEnd);
    this.#valueEnd = grown(this.#valueEnd);
    this.#high = grown(this.#high);
    this.#low = grown(this.#low);
  }
}

export interface SortedPartition {
  readonly partition: number;
  /** Gives each record as two ranges of `bytes`: its key, and its value from the key's end. */
  forEach(visit: (bytes: Buffer, keyStart: number, keyEnd: number, valueEnd: number) => void): void;
}

/** Adds 1 to a number. Returns the number before. */
function bump(counts: Uint32Array, at: number): number {
  const before = counts[at] as number;
  counts[at] = before + 1;
  return before;
}
