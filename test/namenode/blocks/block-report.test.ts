// Tests of the decoder of full block reports.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBlockReport } from '../../../namenode/blocks/block-report.ts';

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const replica = fc.record({
  id: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  numBytes: fc.integer({ min: 0, max: 2 ** 40 }),
  genStamp: fc.integer({ min: 1000, max: 2 ** 40 }),
  state: fc.integer({ min: 0, max: 4 }),
});

const decode = (report: Parameters<typeof decodeBlockReport>[0], partSize = 10) => [
  ...decodeBlockReport(report, partSize),
];

describe('block reports', () => {
  it('come as varints in buffers, cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(replica), fc.nat(), (replicas, cut) => {
        const bytes = replicas.flatMap(({ id, numBytes, genStamp, state }) => [
          ...varint(id >= 0 ? id * 2 : -id * 2 - 1),
          ...varint(numBytes),
          ...varint(genStamp),
          ...varint(state),
        ]);
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        const blocksBuffers = [Uint8Array.from(bytes.slice(0, at)), Uint8Array.from(bytes.slice(at))];
        const parts = decode({ blocks: [], numberOfBlocks: replicas.length, blocksBuffers });
        expect(parts.flat()).toEqual(replicas);
        expect(parts.every((p) => p.length <= 10)).toBe(true);
      }),
    );
  });

  it('come as longs from old DataNodes: the finalized ones, then the others with their state', () => {
    const blocks = [2, 1, 11, 100, 1001, 12, 200, 1002, -1, -1, -1, 13, 5, 1003, 1];
    expect(decode({ blocks, blocksBuffers: [] })).toEqual([
      [
        { id: 11, numBytes: 100, genStamp: 1001, state: 0 },
        { id: 12, numBytes: 200, genStamp: 1002, state: 0 },
        { id: 13, numBytes: 5, genStamp: 1003, state: 1 },
      ],
    ]);
    expect(decode({ blocks: [], blocksBuffers: [] })).toEqual([]);
  });

  it('that are cut short are refused', () => {
    expect(() => decode({ blocks: [1, 0, 11, 100], blocksBuffers: [] })).toThrow('cut short');
    expect(() => decode({ blocks: [], numberOfBlocks: 1, blocksBuffers: [Uint8Array.of(2, 0x80)] })).toThrow(
      'cut short',
    );
  });
});
