/** Sorts the numbers of records by the first eight bytes of their keys, without comparing keys. */

const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;

/** The first eight bytes of the key of each record, as two numbers: the earlier bytes and the later ones. */
export interface KeyPrefixes {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/**
 * Sorts `indexes` by the prefixes of these records: a radix sort that begins with the last digit, and so keeps the order of
 * records with equal prefixes. A digit that is the same in all keys, such as the tag of strings, takes no pass.
 *
 * @returns the sorted numbers: `indexes` itself, or another array of its length
 */
export function radixSort(indexes: Uint32Array<ArrayBuffer>, { high, low }: KeyPrefixes): Uint32Array<ArrayBuffer> {
  let from = indexes;
  let to = new Uint32Array(indexes.length);
  const starts = new Uint32Array(DIGITS);
  for (const [words, shift] of [
    [low, 0],
    [low, DIGIT_BITS],
    [high, 0],
    [high, DIGIT_BITS],
  ] as const) {
    if (!countDigits(from, words, shift, starts)) continue;
    for (let i = 0; i < from.length; i++) {
      const index = from[i] as number;
      const digit = ((words[index] as number) >>> shift) & (DIGITS - 1);
      const at = starts[digit] as number;
      starts[digit] = at + 1;
      to[at] = index;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Sets the place of the first record of each digit. Returns false if all records have the same digit. */
function countDigits(indexes: Uint32Array, words: Uint32Array, shift: number, starts: Uint32Array): boolean {
  starts.fill(0);
  for (let i = 0; i < indexes.length; i++) {
    const digit = ((words[indexes[i] as number] as number) >>> shift) & (DIGITS - 1);
    starts[digit] = (starts[digit] as number) + 1;
  }
  let place = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit] as number;
    if (count === indexes.length) return false;
    starts[digit] = place;
    place += count;
  }
  return true;
}
