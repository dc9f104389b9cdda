// Splits of many small files, by the rules of Hadoop's CombineFileInputFormat.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineSplits } from '../../../mapreduce/job/combine-splits.ts';
import type { FileSplit } from '../../../mapreduce/job/input-split.ts';

const RACKS: Readonly<Record<string, string>> = { n1: '/r1', n2: '/r1', n3: '/r2' };

const part = (path: string, length: number, names: readonly string[]): FileSplit => ({
  kind: 'file',
  fsUri: 'hdfs://nn',
  path,
  start: 0,
  length,
  names,
  hosts: names.map((name) => `host-${name}`),
});

function combine(parts: readonly FileSplit[], maxBytes: number, minBytesPerNode = 0, minBytesPerRack = 0) {
  const splits = combineSplits(parts, (name) => RACKS[name] ?? '', { maxBytes, minBytesPerNode, minBytesPerRack });
  return splits.map((split) => ({
    files: split.kind === 'files' ? split.files.map(({ path }) => path) : [split.path],
    names: split.names,
    length: split.length,
  }));
}

describe('combineSplits', () => {
  it('fills splits on one DataNode first, one a round', () => {
    const parts = ['a', 'b', 'c', 'd'].map((path) => part(path, 5, ['n1', 'n3']));
    expect(combine(parts, 10)).toEqual([
      { files: ['a', 'b'], names: ['n1'], length: 10 },
      { files: ['c', 'd'], names: ['n3'], length: 10 },
    ]);
  });

  it('puts the parts left over on a DataNode together by rack, then all others', () => {
    const parts = [part('a', 4, ['n1']), part('b', 4, ['n2']), part('c', 4, ['n3']), part('d', 4, [])];
    expect(combine(parts, 8)).toEqual([
      { files: ['a', 'b'], names: ['n1', 'n2'], length: 8 },
      { files: ['c', 'd'], names: ['n3'], length: 8 },
    ]);
  });

  it('keeps the parts left over on a DataNode or a rack if there is enough of them', () => {
    const parts = [part('a', 4, ['n1']), part('b', 4, ['n2']), part('c', 1, ['n3'])];
    expect(combine(parts, 100, 4).map(({ files }) => files)).toEqual([['a'], ['b'], ['c']]);
    expect(combine(parts, 100, 0, 8).map(({ files }) => files)).toEqual([['a', 'b'], ['c']]);
    expect(combine(parts, 100).map(({ files }) => files)).toEqual([['a', 'b', 'c']]);
  });

  it('reads every part once, in splits that are full but for the last ones', () => {
    const parts = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.subarray(['n1', 'n2', 'n3'])), { maxLength: 30 })
      .map((all) => all.map(([length, names], i) => part(`f${i}`, length, names)));
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 20 }), (files, max) => {
        const splits = combine(files, max);
        expect(splits.flatMap((split) => split.files).sort()).toEqual(files.map(({ path }) => path).sort());
        expect(splits.reduce((sum, split) => sum + split.length, 0)).toBe(files.reduce((sum, f) => sum + f.length, 0));
        for (const { length } of splits) expect(length).toBeLessThan(max + 9);
        expect(splits.filter(({ length }) => length < max).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
