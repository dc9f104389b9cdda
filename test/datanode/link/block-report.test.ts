// The encoding of full block reports (Hadoop: BlockListAsLongs).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBlockList, REPLICA_STATES } from '../../../datanode/link/block-report.ts';
import { decodeBlockList } from '../support/block-list.ts';

describe('block-report: BlockListAsLongs', () => {
  test('a replica is zigzag id, length, generation stamp and state', () => {
    const { buffers, numberOfBlocks } = encodeBlockList([
      { blockId: 1, bytesOnDisk: 300, generationStamp: 5, state: 'RBW' },
    ]);
    expect(numberOfBlocks).toBe(1);
    expect(Buffer.concat(buffers)).toEqual(Buffer.from([2, 0xac, 2, 5, 1]));
  });

  test('any list comes back as it was, in buffers of at most 64 KiB', () => {
    const replica = fc.record({
      blockId: fc.oneof(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), fc.nat()),
      bytesOnDisk: fc.integer({ min: 0, max: 2 ** 40 }),
      generationStamp: fc.nat(),
      state: fc.constantFrom(...REPLICA_STATES),
    });
    fc.assert(
      fc.property(fc.array(replica), (replicas) => {
        const { buffers, numberOfBlocks } = encodeBlockList(replicas);
        expect(decodeBlockList(buffers, numberOfBlocks)).toEqual(replicas);
      }),
    );
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      blockId: 2 ** 30 + i,
      bytesOnDisk: 2 ** 27,
      generationStamp: 1001 + i,
      state: 'FINALIZED' as const,
    }));
    const { buffers } = encodeBlockList(many);
    expect(buffers.length).toBeGreaterThan(1);
    for (const buffer of buffers.slice(0, -1)) expect(buffer.length).toBe(65536);
    expect(decodeBlockList(buffers, many.length)).toEqual(many);
  });
});
