/** Compares encoded keys. */
import { decodeKey } from './key-codec.ts';

/** Compares two encoded keys, each a range of a buffer. Returns a negative number, 0 or a positive number. */
export type KeyOrder = (a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number, bEnd: number) => number;

/** Compares encoded bytes, which gives the natural order of the keys. */
export const bytewiseOrder: KeyOrder = (a, aStart, aEnd, b, bStart, bEnd) => {
  const common = Math.min(aEnd - aStart, bEnd - bStart);
  // Most keys differ in their first bytes, and a call into native code costs as much as comparing a dozen bytes here.
  const near = Math.min(common, 16);
  for (let i = 0; i < near; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  if (near === common) return aEnd - aStart - (bEnd - bStart);
  return a.compare(b, bStart + near, bEnd, aStart + near, aEnd);
};

/** Returns the order of a job's own compare(): keys are decoded to be compared. */
export function decodedOrder(compare: (a: unknown, b: unknown) => number): KeyOrder {
  return (a, aStart, aEnd, b, bStart, bEnd) => compare(decodeKey(a, aStart, aEnd), decodeKey(b, bStart, bEnd));
}

/**
 * Returns the first six bytes of a key as a number with the same order. Comparing two numbers saves most comparisons of
 * bytes; if they are equal, the keys may still differ.
 */
export function keyPrefix(bytes: Buffer, start: number, end: number): number {
  let prefix = 0;
  for (let i = start; i < start + 6; i++) prefix = prefix * 256 + (i < end ? (bytes[i] as number) : 0);
  return prefix;
}
