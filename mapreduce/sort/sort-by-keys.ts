/** Sorts records in memory by their encoded keys: by digits while they are many, by comparing while they are few. */
import { bytewiseOrder, type KeyOrder } from './key-order.ts';
import { radixSort } from './radix-sort.ts';

/** Number of records from which a pass over all digits costs less than comparing. */
const RADIX_RECORDS_MIN = 4096;
const PREFIX_BYTES = 8;

/** The keys of records, by the number of the record. */
export interface SortKeys {
  readonly bytes: Buffer;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** The first eight bytes of each key, by prefixWord(). Sorting changes them. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/** Returns four bytes of a key from `at` on as a number with the same order. Bytes beyond the key's end count as 0. */
export function prefixWord(bytes: Buffer, at: number, end: number): number {
  if (at + 4 <= end) return bytes.readUInt32BE(at);
  let word = 0;
  for (let i = at; i < at + 4; i++) word = (word << 8) | (i < end ? (bytes[i] as number) : 0);
  return word >>> 0;
}

/**
 * Sorts the numbers of records by their keys. Equal keys stay in the order of their numbers, in which they are given.
 * @returns the sorted numbers: `indexes` itself, or another array of its length
 */
export function sortByKeys(
  indexes: Uint32Array<ArrayBuffer>,
  keys: SortKeys,
  order: KeyOrder,
): Uint32Array<ArrayBuffer> {
  if (order !== bytewiseOrder) return indexes.sort(comparator(keys, order));
  const byBytes = comparator(keys, order);
  const { high, low } = keys;
  const byPrefix = (a: number, b: number): number =>
    (high[a] as number) - (high[b] as number) || (low[a] as number) - (low[b] as number) || byBytes(a, b);
  return sortFrom(indexes, 0, keys, byPrefix);
}

function comparator({ bytes, start, end }: SortKeys, order: KeyOrder): (a: number, b: number) => number {
  return (a, b) =>
    order(bytes, start[a] as number, end[a] as number, bytes, start[b] as number, end[b] as number) || a - b;
}

/** Sorts records whose keys have the same first `depth` bytes; their prefixes are of the eight bytes after these. */
function sortFrom(
  indexes: Uint32Array<ArrayBuffer>,
  depth: number,
  keys: SortKeys,
  compare: (a: number, b: number) => number,
): Uint32Array<ArrayBuffer> {
  if (indexes.length < RADIX_RECORDS_MIN) return indexes.sort(compare);
  const sorted = radixSort(indexes, keys);
  const { high, low } = keys;
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from] as number;
    let to = from + 1;
    while (to < sorted.length && high[sorted[to] as number] === high[first] && low[sorted[to] as number] === low[first])
      to++;
    if (to - from > 1) sortRun(sorted.subarray(from, to), depth + PREFIX_BYTES, keys, compare);
    from = to;
  }
  return sorted;
}

/** Sorts, in place, records whose keys have the same first `depth` bytes. */
function sortRun(
  run: Uint32Array<ArrayBuffer>,
  depth: number,
  keys: SortKeys,
  compare: (a: number, b: number) => number,
): void {
  const { bytes, start, end, high, low } = keys;
  const lengthOf = (index: number): number => (end[index] as number) - (start[index] as number);
  const length = lengthOf(run[0] as number);
  let longest = length;
  let areEqual = true;
  for (const index of run) {
    longest = Math.max(longest, lengthOf(index));
    areEqual &&= lengthOf(index) === length;
  }
  if (longest <= depth) {
    // Only zero bytes at the keys' ends tell such keys apart.
    if (!areEqual) run.sort(compare);
    return;
  }
  for (const index of run) {
    const at = (start[index] as number) + depth;
    high[index] = prefixWord(bytes, at, end[index] as number);
    low[index] = prefixWord(bytes, at + 4, end[index] as number);
  }
  const sorted = sortFrom(run, depth, keys, compare);
  if (sorted !== run) run.set(sorted);
}
