// Sorting of records in memory: by digits and by comparing, with keys that are equal in any number of their bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytewiseOrder, type KeyOrder } from '../../../mapreduce/sort/key-order.ts';
import { prefixWord, sortByKeys } from '../../../mapreduce/sort/sort-by-keys.ts';

/** Sorts the keys. Returns the numbers of the records in their new order. */
function sorted(keys: readonly Buffer[], order: KeyOrder = bytewiseOrder): number[] {
  const bytes = Buffer.concat(keys);
  const start = new Uint32Array(keys.length);
  const end = new Uint32Array(keys.length);
  const high = new Uint32Array(keys.length);
  const low = new Uint32Array(keys.length);
  let at = 0;
  for (const [i, key] of keys.entries()) {
    start[i] = at;
    at += key.length;
    end[i] = at;
    high[i] = prefixWord(bytes, at - key.length, at);
    low[i] = prefixWord(bytes, at - key.length + 4, at);
  }
  const indexes = Uint32Array.from(keys.keys());
  return [...sortByKeys(indexes, { bytes, start, end, high, low }, order)];
}

/** The same by the sort of the language, which keeps the order of equal elements. */
const expected = (keys: readonly Buffer[]): number[] =>
  [...keys.keys()].sort((a, b) => Buffer.compare(keys[a] as Buffer, keys[b] as Buffer));

/** Keys that share beginnings of many lengths, end with zero bytes, or are equal. */
const part = fc.constantFrom('', 'a', 'b', '\0', '\0\0', 'aaaaaaaa', 'internat', 'ional', 'ü', '\xff\xff\xff\xff');
const key = fc.array(part, { maxLength: 6 }).map((parts) => Buffer.from(parts.join('')));

describe('records in memory', () => {
  it.each([
    ['few', 200],
    ['many', 6000],
  ])('are sorted by the bytes of their keys, %s', (_what, records) => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 40, maxLength: 40 }), fc.integer({ min: 1 }), (some, step) => {
        // Each key comes back many times, so that runs of equal keys are long and lie apart.
        const keys = Array.from({ length: records }, (_, i) => some[(i * step) % some.length] as Buffer);
        expect(sorted(keys)).toEqual(expected(keys));
      }),
      { numRuns: 20 },
    );
  });

  it('are sorted by digits where keys differ in each of their first twenty bytes only', () => {
    const keys = Array.from({ length: 20 * 256 }, (_, i) => {
      const bytes = Buffer.alloc(20, 0x7f);
      bytes[i % 20] = 255 - Math.floor(i / 20);
      return bytes;
    });
    expect(sorted(keys)).toEqual(expected(keys));
  });

  it('are sorted by another order, by comparing', () => {
    const backwards: KeyOrder = (a, aStart, aEnd, b, bStart, bEnd) => bytewiseOrder(b, bStart, bEnd, a, aStart, aEnd);
    const keys = ['b', 'a', 'c', 'b'].map((text) => Buffer.from(text));
    expect(sorted(keys, backwards)).toEqual([2, 0, 3, 1]);
  });
});
