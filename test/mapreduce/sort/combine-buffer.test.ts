// Pairs that are combined while they are gathered: the same results as combining all values of each key at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSum, sum } from '../../../mapreduce/api/sum.ts';
import { type Combine, CombineBuffer } from '../../../mapreduce/sort/combine-buffer.ts';

const key = fc.oneof(
  fc.constantFrom<unknown>('', 'a', 'word', 'fifteen letters', 'sixteen letters!', 'ü', '\ud800', 0, 1, null),
  fc.constantFrom<unknown>(['a'], ['b']),
);
const sumUp: Combine = (k, values, emit) => sum(k, values as Iterable<number>, { emit });
const pairs = fc.array(fc.tuple(key, fc.oneof(fc.integer(), fc.double())), { maxLength: 60 });

/** Adds each pair some times, so that values are combined more than once. Returns the results by key. */
function combined(given: readonly (readonly [unknown, number])[], sums: boolean): Map<string, unknown[]> {
  const buffer = new CombineBuffer(sumUp, sums);
  const results = new Map<string, unknown[]>();
  for (let round = 0; round < 6; round++) for (const [k, v] of given) buffer.add(k, v, () => 3);
  buffer.drain((partition, k, v) => {
    expect(partition).toBe(3);
    const name = JSON.stringify(k);
    results.set(name, [...(results.get(name) ?? []), v]);
  });
  expect([buffer.keys, buffer.usedBytes]).toEqual([0, 0]);
  return results;
}

describe('a buffer that combines', () => {
  it.each([true, false])('gives one sum for each key, as adding from left to right does (by itself: %s)', (sums) => {
    fc.assert(
      fc.property(pairs, (given) => {
        const expected = new Map<string, unknown[]>();
        for (let round = 0; round < 6; round++)
          for (const [k, v] of given) {
            const name = JSON.stringify(k);
            expected.set(name, [((expected.get(name)?.[0] as number | undefined) ?? 0) + v]);
          }
        expect(combined(given, sums)).toEqual(expected);
      }),
    );
  });

  it.each([true, false])('counts the bytes of a pair as the encoder does (by itself: %s)', (sums) => {
    const buffer = new CombineBuffer(sumUp, sums);
    const added = ['word', 'fifteen letters', 'sixteen letters!', 'ü'].map((k) => buffer.add(k, 64, () => 0));
    // A tag before each part, and two bytes for 64: its sign is in the lowest bit.
    expect(added).toEqual([1 + 4 + 3, 1 + 15 + 3, 1 + 16 + 3, 1 + 2 + 3]);
  });

  it('keeps values that are no numbers beside the sums of its own', () => {
    const joined: Combine = (k, values, emit) => emit(k, [...values].join('+'));
    const buffer = new CombineBuffer(joined, true);
    for (const value of [1, 'x', 2, 'y']) buffer.add('k', value, () => 0);
    const results: unknown[] = [];
    buffer.drain((_partition, k, v) => results.push([k, v]));
    expect(results).toEqual([
      ['k', 3],
      ['k', 'x+y'],
    ]);
  });

  it('knows sum() of the job API from a function that calls it', () => {
    expect([isSum(sum), isSum(sumUp), isSum(undefined)]).toEqual([true, false, false]);
  });
});
