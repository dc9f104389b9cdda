// Tests of ranges of numbers: what was added is found, and few ranges are kept.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inRanges, type NumberRange, withRange } from '../../../namenode/command/number-ranges.ts';

/** Gaps before each range and lengths of the ranges, from which ascending ranges are made. */
const steps = fc.array(fc.record({ gap: fc.nat(50), length: fc.integer({ min: 1, max: 50 }) }), { maxLength: 200 });

function rangesOf(steps: readonly { gap: number; length: number }[]): NumberRange[] {
  let at = 1000;
  return steps.map(({ gap, length }) => {
    const first = at + gap;
    at = first + length;
    return [first, at - 1];
  });
}

it('numbers of every range that was added are found, and numbers after the last are not', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const added = rangesOf(steps);
      const ranges = added.reduce<readonly NumberRange[]>(withRange, []);
      for (const [first, last] of added)
        expect([inRanges(ranges, first), inRanges(ranges, last)]).toEqual([true, true]);
      expect(inRanges(ranges, 999)).toBe(false);
      expect(inRanges(ranges, (added.at(-1)?.[1] ?? 999) + 1)).toBe(false);
      expect(ranges.length).toBeLessThanOrEqual(64);
    }),
  );
});

it('up to 64 ranges are kept exactly, and then those with the fewest numbers between them become one', () => {
  const apart = Array.from({ length: 64 }, (_, i): NumberRange => [i * 100, i * 100 + 9]);
  const exact = apart.reduce<readonly NumberRange[]>(withRange, []);
  expect(exact).toEqual(apart);
  const joined = withRange(exact, [6311, 6320]);
  expect(joined).toHaveLength(64);
  expect(joined.at(-1)).toEqual([6300, 6320]);
  expect(inRanges(joined, 6210)).toBe(false);
});

it('a range that follows the last one directly is joined to it', () => {
  expect(withRange([[5, 9]], [10, 12])).toEqual([[5, 12]]);
  expect(withRange([[5, 9]], [11, 12])).toEqual([
    [5, 9],
    [11, 12],
  ]);
});
