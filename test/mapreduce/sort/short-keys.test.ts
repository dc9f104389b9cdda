// The table of short strings: it tells the same strings apart as a Map does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShortKeys } from '../../../mapreduce/sort/short-keys.ts';

const isShort = (text: string): boolean => text.length <= 15 && /^\p{ASCII}*$/u.test(text);

/** Strings of few characters, so that many are equal, or differ in a zero character or in their length alone. */
const word = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', '\x7f', '\x80', 'ü', '€'), maxLength: 17 });

describe('short keys', () => {
  it('get the numbers that a Map would give them, in the order of their first coming', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 300 }), (words) => {
        const table = new ShortKeys();
        const numbers = new Map<string, number>();
        for (const text of words) {
          if (isShort(text) && !numbers.has(text)) numbers.set(text, numbers.size);
          expect(table.numberOf(text)).toBe(numbers.get(text) ?? -1);
        }
        expect(table.size).toBe(numbers.size);
      }),
    );
  });

  it('keep their numbers while the table grows, and lose them by clear()', () => {
    const table = new ShortKeys();
    const words = Array.from({ length: 20_000 }, (_, i) => `w${i}`);
    expect(words.map((text) => table.numberOf(text))).toEqual([...words.keys()]);
    expect(words.map((text) => table.numberOf(text))).toEqual([...words.keys()]);
    table.clear();
    expect([table.size, table.numberOf('w7'), table.numberOf('w8'), table.numberOf('w7')]).toEqual([0, 0, 1, 0]);
  });
});
