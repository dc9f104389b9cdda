// Tests of the digest over all keys, against a plain map.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StoreDigest } from '../../../../namenode/store/level/store-digest.ts';
import { differenceOf } from '../../../../namenode/store/store-head.ts';

const step = fc.record({ key: fc.nat(400), checksum: fc.option(fc.nat(0xffffffff)) });

it('the digest depends on the keys and checksums that are there, and on no order or past', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), (steps) => {
      const digest = new StoreDigest();
      const model = new Map<string, number>();
      for (const { key, checksum } of steps) {
        const name = `inode/${key}`;
        if (checksum === null) digest.delete(name);
        else digest.put(name, checksum);
        if (checksum === null) model.delete(name);
        else model.set(name, checksum);
      }
      const again = new StoreDigest();
      for (const [key, checksum] of [...model].reverse()) again.put(key, checksum);
      expect(digest.sum).toEqual(again.sum);
      expect(digest.sum.keys).toBe(model.size);
    }),
    { numRuns: 30 },
  );
});

it('keys that are lost, back, or older change it, and the difference is told', () => {
  const filled = () => {
    const digest = new StoreDigest();
    for (let i = 0; i < 50_000; i++) digest.put(`block/${i}`, i);
    return digest;
  };
  const { sum } = filled();
  for (const key of [0, 7, 49_999]) {
    const lost = filled();
    lost.delete(`block/${key}`);
    expect(differenceOf(lost.sum, sum)).toBe('1 of its 50000 keys are lost');
    lost.put(`block/${key}`, key ^ 1);
    expect(differenceOf(lost.sum, sum)).toBe('some of its values are older ones, which had been written over');
    lost.put('another', 1);
    expect(differenceOf(lost.sum, sum)).toBe('1 keys that were deleted are back');
    lost.delete('another');
    lost.put(`block/${key}`, key);
    expect(differenceOf(lost.sum, sum)).toBeUndefined();
  }
});
