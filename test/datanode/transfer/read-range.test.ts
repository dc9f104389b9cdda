// The whole chunks that a read is answered with (Hadoop: BlockSender).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignRead } from '../../../datanode/transfer/read-range.ts';

describe('read-range: whole chunks', () => {
  const replica = { visibleLength: 1000, bytesOnDisk: 1000 };

  test('starts and ends at chunk borders, or at the end of what is on disk', () => {
    expect(alignRead({ offset: 0, length: 1000 }, replica, 512, 'b')).toEqual({ start: 0, end: 1000 });
    expect(alignRead({ offset: 513, length: 1 }, replica, 512, 'b')).toEqual({ start: 512, end: 1000 });
    expect(alignRead({ offset: 10, length: 20 }, replica, 512, 'b')).toEqual({ start: 0, end: 512 });
    expect(alignRead({ offset: 512, length: 0 }, replica, 512, 'b')).toEqual({ start: 512, end: 512 });
    expect(alignRead({ offset: 0, length: -1 }, replica, 512, 'b')).toEqual({ start: 0, end: 1000 });
  });

  test('a range outside is refused with the words of Hadoop', () => {
    for (const [offset, length] of [
      [1001, 0],
      [0, 1001],
      [999, 2],
      [-1, 1],
    ] as const) {
      expect(() => alignRead({ offset, length }, replica, 512, 'blk')).toThrow(
        ` Offset ${offset} and length ${length} don't match block blk ( blockLen 1000 )`,
      );
    }
  });

  test('holds what was asked for and no chunk more', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.nat(5000),
        fc.nat(5000),
        fc.integer({ min: 1, max: 700 }),
        (offset, length, rest, chunk) => {
          const bytesOnDisk = offset + length + rest;
          const { start, end } = alignRead({ offset, length }, { visibleLength: bytesOnDisk, bytesOnDisk }, chunk, 'b');
          expect(start % chunk).toBe(0);
          expect(start <= offset && offset - start < chunk).toBe(true);
          expect(end >= offset + length && end - (offset + length) < chunk).toBe(true);
          expect(end === bytesOnDisk || end % chunk === 0).toBe(true);
        },
      ),
    );
  });
});
