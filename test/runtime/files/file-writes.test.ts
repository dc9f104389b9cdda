// Lists of buffers are cut into pieces for single write calls.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropBytes, firstBytes, writeCallBytes } from '../../../runtime/files/file-writes.ts';

test('dropBytes leaves the bytes that are not yet written', () => {
  const buffers = [Buffer.from('abc'), Buffer.from('de'), Buffer.from('f')];
  const left = (count: number) => Buffer.concat(dropBytes(buffers, count)).toString();
  expect([0, 1, 3, 4, 6].map(left)).toEqual(['abcdef', 'bcdef', 'def', 'ef', '']);
});

test('firstBytes and dropBytes cut a list of buffers in two', () => {
  const buffers = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(buffers, fc.integer({ min: 1, max: 250 }), (list, count) => {
      const all = Buffer.concat(list);
      expect(Buffer.concat(firstBytes(list, count))).toEqual(all.subarray(0, count));
      expect(Buffer.concat(dropBytes(list, count))).toEqual(all.subarray(count));
    }),
  );
});

test('a write call ends at a multiple of eight pages (32 KiB)', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), (position) => {
      const bytes = writeCallBytes(position);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(32 * 1024);
      expect((position + bytes) % (32 * 1024)).toBe(0);
    }),
  );
});
