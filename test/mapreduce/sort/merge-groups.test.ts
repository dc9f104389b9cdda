// The groups of a merge: the same as cutting a sorted array, whatever part of each group's values is read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentInMemory } from '../../../mapreduce/sort/combine-run.ts';
import { bytewiseOrder } from '../../../mapreduce/sort/key-order.ts';
import { Merge } from '../../../mapreduce/sort/merge.ts';
import { type GroupOptions, groupsOf, sameShare } from '../../../mapreduce/sort/merge-groups.ts';
import { SortBuffer } from '../../../mapreduce/sort/sort-buffer.ts';

type Record = readonly [key: string, value: number];

function mergeOf(runs: readonly (readonly Record[])[]): Merge {
  const readers = runs.map((run) => {
    const buffer = new SortBuffer(1);
    for (const [key, value] of run) buffer.add(0, key, value);
    const [sorted] = [...buffer.sorted()];
    return segmentInMemory((segment) =>
      sorted?.forEach((bytes, keyStart, keyEnd, valueEnd) => {
        segment.append(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd);
      }),
    );
  });
  return new Merge(readers, bytewiseOrder);
}

/** Reads up to `most` values of each group, with the key that the group then shows. */
function read(runs: readonly (readonly Record[])[], most: number, options: GroupOptions = {}): unknown[] {
  const found: unknown[] = [];
  for (const group of groupsOf(mergeOf(runs), bytewiseOrder, options)) {
    const values: unknown[] = [];
    const keys: unknown[] = [group.currentKey];
    for (const value of group.values) {
      values.push(value);
      keys.push(group.currentKey);
      if (values.length === most) break;
    }
    found.push([group.key, values, keys]);
  }
  return found;
}

/** The same with arrays. */
function expected(runs: readonly (readonly Record[])[], most: number, shareOf: (key: string) => string): unknown[] {
  const all = runs.flat().sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const groups: Record[][] = [];
  for (const record of all) {
    const last = groups.at(-1);
    if (last?.[0] && shareOf(last[0][0]) === shareOf(record[0])) last.push(record);
    else groups.push([record]);
  }
  return groups.map((group) => {
    const taken = group.slice(0, most);
    return [group[0]?.[0], taken.map(([, value]) => value), [group[0]?.[0], ...taken.map(([key]) => key)]];
  });
}

const key = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), maxLength: 3 });
const run = fc.array(fc.tuple(key, fc.nat(9)), { maxLength: 12 });

describe('the groups of a merge', () => {
  it('have the records with the same key', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), fc.integer({ min: 1, max: 4 }), (runs, most) => {
        expect(read(runs, most)).toEqual(expected(runs, most, (of) => of));
      }),
    );
  });

  it('have the records with the same share, and follow their keys', () => {
    const shareOf = (of: string): string => of.slice(0, 1);
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), fc.integer({ min: 1, max: 4 }), (runs, most) => {
        const same = sameShare((of) => shareOf(of as string));
        expect(read(runs, most, { same, followsKeys: true })).toEqual(expected(runs, most, shareOf));
      }),
    );
  });

  it('give nothing of the next group to one that still reads the values of an earlier one', () => {
    const kept: Iterable<unknown>[] = [];
    const runs: Record[][] = [
      [
        ['a', 1],
        ['b', 2],
      ],
    ];
    for (const { values } of groupsOf(mergeOf(runs), bytewiseOrder)) {
      kept.push(values);
      if (kept.length === 2) expect([...(kept[0] ?? [])]).toEqual([]);
    }
    expect(kept.map((values) => [...values])).toEqual([[], []]);
  });
});
