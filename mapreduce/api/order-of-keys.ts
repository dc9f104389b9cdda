/** The order of keys that JSON keeps: that of the shuffle. Texts by their UTF-8 bytes, numbers by size, arrays element by element. */

/** A key of a range partitioner: its borders lie as JSON in a file. */
export type RangeKey = string | number | boolean | readonly RangeKey[];

/** @throws TypeError for keys of different kinds, and for a key that JSON does not keep */
export function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  throw new TypeError(
    `Keys of ranges are all texts, all numbers, all booleans or all arrays of these, and not ${kindOf(a)} and ${kindOf(b)}`,
  );
}

const kindOf = (key: unknown): string => (key === null ? 'null' : typeof key);

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareKeys(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareTexts(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** A surrogate is a part of a character above U+FFFF, whose UTF-8 bytes come after those of all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
