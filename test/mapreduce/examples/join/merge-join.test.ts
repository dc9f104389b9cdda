// A join of sorted sequences, with the results of Hadoop 3.4.2's example join.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, type JoinKind, joined } from '../../../../mapreduce/examples/join/merge-join.ts';

type Pairs = readonly (readonly [string, string])[];

async function* each(pairs: Pairs): AsyncGenerator<readonly [string, string]> {
  yield* pairs;
}

async function join(kind: JoinKind, ...sources: Pairs[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const [key, value] of joined(kind, sources.map(each))) lines.push(`${key} ${value}`);
  return lines;
}

const A: Pairs = [
  ['a', '1'],
  ['c', '3'],
  ['c', '4'],
];
const B: Pairs = [
  ['c', 'x'],
  ['c', 'y'],
  ['d', 'w'],
];
const C: Pairs = [
  ['a', 'm'],
  ['c', 'P'],
];

describe('joined', () => {
  it('inner gives each combination of the values of a key that all have', async () => {
    expect(await join('inner', A, B)).toEqual(['c [3,x]', 'c [3,y]', 'c [4,x]', 'c [4,y]']);
  });

  it('outer gives every key, with nothing for a source without it', async () => {
    expect(await join('outer', A, B, C)).toEqual([
      'a [1,,m]',
      'c [3,x,P]',
      'c [3,y,P]',
      'c [4,x,P]',
      'c [4,y,P]',
      'd [,w,]',
    ]);
  });

  it('override gives the values of the last source that has the key', async () => {
    expect(await join('override', A, B, C)).toEqual(['a m', 'c P', 'd w']);
  });

  it('inner equals a join by nested loops', async () => {
    const source = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '\uffee', '\u{1f600}'), fc.string({ maxLength: 2 })), { maxLength: 8 })
      .map((pairs) => pairs.toSorted(([a], [b]) => compareKeys(a, b)));
    await fc.assert(
      fc.asyncProperty(source, source, async (left, right) => {
        const expected = left.flatMap(([key, x]) =>
          right.filter(([other]) => other === key).map(([, y]) => `${key} [${x},${y}]`),
        );
        expect(await join('inner', left, right)).toEqual(expected);
      }),
    );
  });
});
