import { decodeKey } from './key-codec.ts';

/** Compares two encoded keys, each a range of a buffer: negative, 0 or positive. */
export type KeyOrder = (a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number, bEnd: number) => number;

/** The order of the encoded bytes, which is the natural order of the keys. */
export const bytewiseOrder: KeyOrder = (a, aStart, aEnd, b, bStart, bEnd) => {
  const common = Math.min(aEnd - aStart, bEnd - bStart);
  // Most keys differ soon, and a call into native code costs as much as comparing a dozen bytes here.
  const near = Math.min(common, 16);
  for (let i = 0; i < near; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  if (near === common) return aEnd - aStart - (bEnd - bStart);
  return a.compare(b, bStart + near, bEnd, aStart + near, aEnd);
};

/** A job's own order: keys are decoded to be compared. */
export function decodedOrder(compare: (a: unknown, b: unknown) => number): KeyOrder {
  return (a, aStart, aEnd, b, bStart, bEnd) => compare(decodeKey(a, aStart, aEnd), decodeKey(b, bStart, bEnd));
}

/**
 * The first six bytes as a number that orders as they do; equal prefixes decide nothing. Comparing two numbers saves
 * most comparisons of bytes.
 */
export function keyPrefix(bytes: Buffer, start: number, end: number): number {
  let prefix = 0;
  for (let i = start; i < start + 6; i++) prefix = prefix * 256 + (i < end ? (bytes[i] as number) : 0);
  return prefix;
}
