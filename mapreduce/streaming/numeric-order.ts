/** Compares texts as numbers, as KeyFieldBasedComparator of Hadoop does: digit by digit, of any length, without exponents. Pure. */
import type { Range } from './key-fields.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
/** Java's bytes have a sign. */
const signed = (byte: number): number => (byte << 24) >> 24;
const at = (bytes: Buffer, index: number): number => bytes[index] ?? 0;

/** Returns a negative number, 0 or a positive number. A byte that is no digit ends a number. */
export function compareNumbers(a: Buffer, rangeA: Range, b: Buffer, rangeB: Range): number {
  const isNegativeA = at(a, rangeA.start) === MINUS;
  const isNegativeB = at(b, rangeB.start) === MINUS;
  if (isNegativeA && !isNegativeB) return compareNegative(a, behindMinus(rangeA), b, rangeB);
  if (isNegativeB && !isNegativeA) return -compareNegative(b, behindMinus(rangeB), a, rangeA);
  if (!isNegativeA) return compareSizes(a, rangeA, rangeA.start, b, rangeB, rangeB.start);
  return -compareSizes(a, rangeA, rangeA.start + 1, b, rangeB, rangeB.start + 1);
}

const behindMinus = ({ start, end }: Range): Range => ({ start: start + 1, end });

/** Compares from the places `i` and `j` on, behind the signs. */
function compareSizes(a: Buffer, rangeA: Range, i: number, b: Buffer, rangeB: Range, j: number): number {
  let [x, y] = [i, j];
  while (x <= rangeA.end && at(a, x) === ZERO) x++;
  while (y <= rangeB.end && at(b, y) === ZERO) y++;
  while (x <= rangeA.end && y <= rangeB.end && isDigit(at(a, x)) && at(a, x) === at(b, y)) {
    x++;
    y++;
  }
  // At the end of a number, its first byte is what is compared.
  const byteA = x <= rangeA.end ? at(a, x) : at(a, rangeA.start);
  const byteB = y <= rangeB.end ? at(b, y) : at(b, rangeB.start);
  const endsB = !isDigit(byteB) || y > rangeB.end;
  const endsA = !isDigit(byteA) || x > rangeA.end;
  if ((byteA === POINT && endsB) || (byteB === POINT && endsA))
    return compareDecimals(a, x, rangeA.end, b, y, rangeB.end);
  return digitsFrom(a, x, rangeA.end) - digitsFrom(b, y, rangeB.end) || signed(byteA) - signed(byteB);
}

function digitsFrom(bytes: Buffer, start: number, end: number): number {
  let digits = 0;
  while (start + digits <= end && isDigit(at(bytes, start + digits))) digits++;
  return digits;
}

/** Compares two numbers that are equal before their points. */
function compareDecimals(a: Buffer, i: number, endA: number, b: Buffer, j: number, endB: number): number {
  if (i > endA) return -signOfDecimals(b, j + 1, endB);
  if (j > endB) return signOfDecimals(a, i + 1, endA);
  if (at(a, i) !== POINT) return at(b, j) === POINT ? -signOfDecimals(b, j + 1, endB) : 0;
  if (at(b, j) !== POINT) return signOfDecimals(a, i + 1, endA);
  let [x, y] = [i, j];
  while (x <= endA && y <= endB && at(a, x) === at(b, y)) {
    x++;
    y++;
  }
  if (x > endA && y > endB) return 0;
  if (x > endA) return -signOfDecimals(b, y, endB);
  if (y > endB) return signOfDecimals(a, x, endA);
  const [byteA, byteB] = [at(a, x), at(b, y)];
  if (isDigit(byteA) && isDigit(byteB)) return byteA - byteB;
  return isDigit(byteA) ? 1 : isDigit(byteB) ? -1 : 0;
}

/** Returns 1 if the first byte that is not 0 is a digit, else 0. */
function signOfDecimals(bytes: Buffer, start: number, end: number): number {
  for (let i = start; i <= end; i++) if (at(bytes, i) !== ZERO) return isDigit(at(bytes, i)) ? 1 : 0;
  return 0;
}

/** Compares a negative number, without its sign, with another one: they are equal if both are 0. */
function compareNegative(a: Buffer, rangeA: Range, b: Buffer, rangeB: Range): number {
  return isZero(a, rangeA) && isZero(b, rangeB) ? 0 : -1;
}

/** Whether a text has no digit but 0 before its first other byte, and none behind its point. */
function isZero(bytes: Buffer, { start, end }: Range): boolean {
  let i = start;
  while (i <= end && at(bytes, i) === ZERO) i++;
  if (i <= end && isDigit(at(bytes, i))) return false;
  if (i > end || at(bytes, i) !== POINT) return true;
  i++;
  while (i <= end && at(bytes, i) === ZERO) i++;
  return i > end || !isDigit(at(bytes, i));
}
