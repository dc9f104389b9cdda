// Files are cut into splits (Hadoop: FileInputFormat.getSplits).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockLocation } from '../../../client/filesystem/file-system.ts';
import { splitName } from '../../../mapreduce/job/input-split.ts';
import { bySizeDescending, fileSplits, splitSizeBytes } from '../../../mapreduce/job/splits.ts';

const MIB = 1024 * 1024;
const anySize = { minBytes: 0, maxBytes: Number.MAX_SAFE_INTEGER };

function block(offset: number, length: number, ...dataNodes: string[]): BlockLocation {
  return { offset, length, hosts: dataNodes.map(() => 'h'), names: dataNodes, topologyPaths: [], corrupt: false };
}

describe('fileSplits', () => {
  it('makes one split per block, with the places of its block', () => {
    const file = { path: '/f', length: 40 * MIB, blockSizeBytes: 16 * MIB };
    const blocks = [block(0, 16 * MIB, 'a', 'b'), block(16 * MIB, 16 * MIB, 'b', 'c'), block(32 * MIB, 8 * MIB, 'c')];
    const splits = fileSplits('hdfs://nn', file, blocks, anySize);
    expect(splits.map((s) => [s.start / MIB, s.length / MIB, s.names])).toEqual([
      [0, 16, ['a', 'b']],
      [16, 16, ['b', 'c']],
      [32, 8, ['c']],
    ]);
    expect(splits[1] && splitName(splits[1])).toBe('hdfs://nn/f:16777216+16777216');
  });

  // Hadoop: FileInputFormat.SPLIT_SLOP.
  it('leaves a last piece of up to 1.1 splits whole', () => {
    const lengths = (length: number) =>
      fileSplits('', { path: '/f', length, blockSizeBytes: 100 }, [], anySize).map((s) => s.length);
    expect(lengths(210)).toEqual([100, 110]);
    expect(lengths(211)).toEqual([100, 100, 11]);
    expect(lengths(0)).toEqual([0]);
  });

  it('obeys the limits of the split size', () => {
    expect(splitSizeBytes(100, { minBytes: 0, maxBytes: 30 })).toBe(30);
    expect(splitSizeBytes(100, { minBytes: 250, maxBytes: 1000 })).toBe(250);
  });

  it('leaves a file that can’t be split whole', () => {
    expect(fileSplits('', { path: '/f', length: 500, blockSizeBytes: 100 }, [], anySize, false)).toHaveLength(1);
  });

  it('covers every byte once', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 500 }), (length, blockSizeBytes) => {
        const splits = fileSplits('', { path: '/f', length, blockSizeBytes }, [], anySize);
        let end = 0;
        for (const split of splits) {
          expect(split.start).toBe(end);
          end += split.length;
        }
        expect(end).toBe(length);
      }),
    );
  });

  it('puts the largest first', () => {
    const range = (length: number) => ({ kind: 'range', start: 0, length }) as const;
    expect(bySizeDescending([range(1), range(3), range(2)]).map((s) => s.length)).toEqual([3, 2, 1]);
  });
});
