// Sorting, spilling, combining and merging give the same counts as a JavaScript Map.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Counters } from '../../../mapreduce/job/counters.ts';
import { decodeKey } from '../../../mapreduce/sort/key-codec.ts';
import { bytewiseOrder } from '../../../mapreduce/sort/key-order.ts';
import { MapOutput } from '../../../mapreduce/sort/map-output.ts';
import { Merge } from '../../../mapreduce/sort/merge.ts';
import { groupsOf } from '../../../mapreduce/sort/merge-groups.ts';
import { hashPartition } from '../../../mapreduce/sort/partitioner.ts';
import { SegmentFiles } from '../../../mapreduce/sort/spill-file.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-map-output-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const sumUp = (key: unknown, values: Iterable<unknown>, emit: (key: unknown, value: unknown) => void) => {
  let total = 0;
  for (const value of values) total += value as number;
  emit(key, total);
};

/** Runs each list of words through a map output of its own, and merges the segments of each partition. */
function countWords(maps: readonly (readonly unknown[])[], partitions: number, spillBytes: number, combine: boolean) {
  const counters = new Counters();
  const directory = fs.mkdtempSync(path.join(root, 'job-'));
  const outputs = maps.map((words, i) => {
    const output = new MapOutput({
      directory: path.join(directory, `map${i}`),
      partitions,
      partition: (key) => hashPartition(key, partitions),
      combine: combine ? sumUp : undefined,
      spillBytes,
      mergeFactor: 3,
      counters,
    });
    for (const word of words) output.collect(word, 1);
    return output.close();
  });
  const files = new SegmentFiles();
  const result = Array.from({ length: partitions }, (_, p) => {
    const readers = outputs.map((o) => files.reader(o.path, o.index[p] ?? { offset: 0, length: 0 }));
    const found: [unknown, number][] = [];
    for (const { keyBytes, values } of groupsOf(new Merge(readers), bytewiseOrder)) {
      sumUp(decodeKey(keyBytes, 0, keyBytes.length), values, (key, total) => found.push([key, total as number]));
    }
    return found;
  });
  files.close();
  fs.rmSync(directory, { recursive: true });
  return { result, counters };
}

function reference(maps: readonly (readonly unknown[])[], partitions: number): [unknown, number][][] {
  const counts = new Map<unknown, number>();
  for (const word of maps.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const order = (a: unknown, b: unknown) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`));
  const sorted = [...counts].sort(([a], [b]) => order(a, b));
  return Array.from({ length: partitions }, (_, p) => sorted.filter(([key]) => hashPartition(key, partitions) === p));
}

const words = fc.string({ unit: fc.constantFrom('a', 'b', '0', '\u0000', 'é', '日', '😀'), maxLength: 14 });
const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }).map((n) => n + 0),
);

describe('MapOutput, Merge and groupsOf', () => {
  for (const [name, keys] of [
    ['words', words],
    ['numbers', numbers],
  ] as const) {
    it(`sort, spill, combine and merge count ${name} as a Map does, in the keys' order`, () => {
      const maps = fc.array(fc.array(keys as fc.Arbitrary<unknown>, { maxLength: 60 }), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(
          maps,
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 100, max: 4000 }),
          fc.boolean(),
          (lists, partitions, spillBytes, combine) => {
            const { result, counters } = countWords(lists, partitions, spillBytes, combine);
            expect(result).toEqual(reference(lists, partitions));
            const total = lists.flat().length;
            expect(counters.get('org.apache.hadoop.mapreduce.TaskCounter', 'MAP_OUTPUT_RECORDS')).toBe(total);
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  it('counts records, bytes and what combining saved', () => {
    const { counters } = countWords([['a', 'b', 'a', 'a']], 1, 1e6, true);
    const get = (name: string) => counters.get('org.apache.hadoop.mapreduce.TaskCounter', name);
    expect(get('MAP_OUTPUT_RECORDS')).toBe(4);
    expect(get('COMBINE_INPUT_RECORDS')).toBe(4);
    expect(get('COMBINE_OUTPUT_RECORDS')).toBe(2);
    expect(get('SPILLED_RECORDS')).toBe(2);
    expect(get('MAP_OUTPUT_BYTES')).toBe(16);
  });
});
