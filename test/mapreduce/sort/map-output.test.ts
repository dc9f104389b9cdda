// Sorting, spilling, combining and merging give the same counts as a JavaScript Map.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import { TASK_GROUP } from '../../../mapreduce/job/counter-names.ts';
import { Counters } from '../../../mapreduce/job/counters.ts';
import { bytewiseOrder } from '../../../mapreduce/sort/key-order.ts';
import { MapOutput } from '../../../mapreduce/sort/map-output.ts';
import { Merge } from '../../../mapreduce/sort/merge.ts';
import { groupsOf } from '../../../mapreduce/sort/merge-groups.ts';
import { hashPartition } from '../../../mapreduce/sort/partitioner.ts';
import type { SegmentCodec } from '../../../mapreduce/sort/segment.ts';
import { SegmentFiles } from '../../../mapreduce/sort/spill-file.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-map-output-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const sumUp = (key: unknown, values: Iterable<unknown>, emit: (key: unknown, value: unknown) => void) => {
  let total = 0;
  for (const value of values) total += value as number;
  emit(key, total);
};

/** Runs each list of words through a map output of its own, and merges the segments of each partition. */
function countWords(
  maps: readonly (readonly unknown[])[],
  partitions: number,
  spillBytes: number,
  combine: boolean,
  codec?: SegmentCodec,
) {
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
      codec,
    });
    for (const word of words) output.collect(word, 1);
    return output.close();
  });
  const files = new SegmentFiles(codec);
  const result = Array.from({ length: partitions }, (_, p) => {
    const readers = outputs.map((o) => files.reader(o.path, o.index[p] ?? { offset: 0, length: 0 }));
    const found: [unknown, number][] = [];
    for (const { key, values } of groupsOf(new Merge(readers), bytewiseOrder)) {
      sumUp(key, values, (of, total) => found.push([of, total as number]));
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

describe('compressed map outputs', () => {
  it.each(['deflate', 'gzip', 'bzip2', 'snappy', 'lz4', 'zstandard'])(
    '%s: the same records in fewer bytes',
    async (name) => {
      const codec = await engineOf(codecNamed(name));
      const maps = Array.from({ length: 2 }, (_, m) =>
        Array.from({ length: 3000 }, (_, i) => `word number ${(m * 7 + i) % 500}`),
      );
      // Several spills, so that spills are read again and merged.
      const plain = countWords(maps, 2, 100_000, false);
      const { result, counters } = countWords(maps, 2, 100_000, false, codec);
      expect(result).toEqual(reference(maps, 2));
      const bytes = (of: Counters, counter: string) => of.get(TASK_GROUP, counter);
      expect(bytes(counters, 'MAP_OUTPUT_BYTES')).toBe(bytes(plain.counters, 'MAP_OUTPUT_BYTES'));
      expect(bytes(counters, 'MAP_OUTPUT_MATERIALIZED_BYTES')).toBeLessThan(
        bytes(plain.counters, 'MAP_OUTPUT_MATERIALIZED_BYTES') / 2,
      );
    },
  );

  it('the index keeps the length in the file and the one without compression, as SpillRecord', async () => {
    const output = (codec?: SegmentCodec) => {
      const map = new MapOutput({
        directory: fs.mkdtempSync(path.join(root, 'index-')),
        partitions: 2,
        partition: (key) => Number(key) % 2,
        spillBytes: 1_000_000,
        mergeFactor: 3,
        counters: new Counters(),
        codec,
      });
      for (let i = 0; i < 1000; i++) map.collect(i, 'a value that compresses well');
      return map.close();
    };
    const plain = output();
    const packed = output(await engineOf(codecNamed('deflate')));
    expect(plain.index.map(({ length, rawLength }) => length === rawLength)).toEqual([true, true]);
    expect(packed.index.map(({ rawLength }) => rawLength)).toEqual(plain.index.map(({ length }) => length));
    expect(packed.index.reduce((sum, { length }) => sum + length, 0)).toBe(fs.statSync(packed.path).size);
    for (const { length, rawLength } of packed.index) expect(length).toBeLessThan(rawLength / 2);
  });
});
