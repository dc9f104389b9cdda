// Skewed shares of reduces are found in map outputs, named with their keys, and told once with the cures.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counters } from '../../../mapreduce/job/counters.ts';
import type { MapShares } from '../../../mapreduce/job/messages.ts';
import { shareLines, skewLines } from '../../../mapreduce/job/shuffle-messages.ts';
import { ReduceShares } from '../../../mapreduce/skew/reduce-shares.ts';
import { mapShares } from '../../../mapreduce/skew/sample-output.ts';
import { MapOutput } from '../../../mapreduce/sort/map-output.ts';

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-skew-'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** Writes a map output of 4 partitions: words of the first letter `a` to `d`. */
function sharesOf(name: string, words: Iterable<string>): MapShares | undefined {
  const output = new MapOutput({
    directory: path.join(dir, name),
    partitions: 4,
    partition: (key) => String(key).charCodeAt(0) - 'a'.charCodeAt(0),
    spillBytes: 2 ** 24,
    mergeFactor: 10,
    counters: new Counters(),
  });
  for (const word of words) output.collect(word, 1);
  return mapShares(output.close(), undefined);
}

function* words(): Generator<string> {
  for (let i = 0; i < 60_000; i++) yield 'cow';
  for (let i = 0; i < 30_000; i++) yield `c${i}`;
  for (let i = 0; i < 1000; i++) yield* [`a${i}`, `b${i}`];
}

describe('a map output', () => {
  it('names the key that fills the largest share, from a sample of its chunks', () => {
    const shares = sharesOf('heavy', words());
    const [a = 0, b = 0, c = 0, d = 0] = shares?.bytes ?? [];
    expect([a === b, c > 40 * a, d]).toEqual([true, true, 8]);
    // 'cow' has three fifths of the bytes.
    expect(shares?.keys.map(({ reduce, key }) => [reduce, key])).toEqual([[2, 'cow']]);
    const share = (shares?.keys[0]?.bytes ?? 0) / c;
    expect([share > 0.45, share < 0.75]).toEqual([true, true]);
  });

  it('of equal shares names no key', () => {
    const shares = sharesOf('equal', ['a', 'b', 'c', 'd']);
    expect(shares?.keys).toEqual([]);
    expect(new Set(shares?.bytes).size).toBe(1);
  });
});

const heavy = { bytes: [10, 10, 80, 0], keys: [{ reduce: 2, key: 'cow', bytes: 60 }] };

describe('the shares of a job', () => {
  it('add up over its maps, and a map that runs again is counted once', () => {
    const shares = new ReduceShares(4, 4, 100);
    expect(shares.status).toBeUndefined();
    shares.add(0, heavy);
    shares.add(0, heavy);
    expect(shares.status).toMatchObject({ maps: 1, bytes: 100, isSkewed: false });
    shares.add(3, heavy);
    expect(shares.status).toEqual({
      maps: 2,
      reduces: 4,
      bytes: 200,
      largest: [
        { reduce: 2, bytes: 160 },
        { reduce: 0, bytes: 20 },
        { reduce: 1, bytes: 20 },
        { reduce: 3, bytes: 0 },
      ],
      keys: [{ reduce: 2, key: 'cow', bytes: 120 }],
      isSkewed: true,
    });
  });

  it('are no skew while few of the maps have reported, nor when they differ by little', () => {
    const few = new ReduceShares(100, 4, 0);
    few.add(0, heavy);
    expect(few.status?.isSkewed).toBe(false);
    const even = new ReduceShares(1, 2, 0);
    even.add(0, { bytes: [60, 40], keys: [] });
    expect(even.status?.isSkewed).toBe(false);
  });

  it('are told with the cure for one heavy key, or for many keys', () => {
    const shares = new ReduceShares(1, 4, 0);
    shares.add(0, heavy);
    const [first, second, third, cure] = skewLines(shares.status);
    expect(first).toBe('Skew: reduce 2 gets 3.2 times the mean of all reduces');
    expect(second).toBe('Largest of 4 reduces, after 1 maps: 2: 80 B (80%), 0: 10 B (10%), 1: 10 B (10%), 3: 0 B (0%)');
    expect(third).toBe('Heaviest keys, by sampling: "cow" in 2: 60 B');
    expect(cure).toContain('one key is most of it');
    const many = new ReduceShares(1, 4, 0);
    many.add(0, { bytes: [10, 10, 80, 0], keys: [] });
    expect(skewLines(many.status)[2]).toContain('rangePartitioner()');
    expect(many.status && shareLines(many.status)).toHaveLength(1);
  });
});
