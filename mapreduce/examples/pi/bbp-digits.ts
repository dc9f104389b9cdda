/** Hexadecimal digits of π by the formula of Bailey, Borwein and Plouffe, with the arithmetic of Hadoop's example. */

/** Digits that one evaluation of the formula gives. */
export const DIGITS_AT_ONCE = 4;
/** The highest position of a digit: beyond it, a double is not exact enough. */
export const POSITION_MAX = 100_000_000;

const ACCURACY_BITS = 32;

/** Returns the digits d+1 to d+4 behind the point of π as one number below 65536. */
export function hexDigits(d: number): number {
  const s1 = sum(1, d);
  const s4 = sum(4, d);
  let pi = fraction(2 * fraction(2 * s1));
  for (const s of [s4, s4, sum(5, d), sum(6, d)]) {
    pi -= s;
    if (pi < 0) pi++;
  }
  return Math.floor(pi * 2 ** (4 * DIGITS_AT_ONCE));
}

const fraction = (x: number): number => (x >= 1 ? x - 1 : x);

/** Returns the fraction of Σ 16^(d-k) / (8k + j), added in the order of Hadoop's example. For j = 1 the first term, 1, is left out. */
function sum(j: number, d: number): number {
  let k = j === 1 ? 1 : 0;
  let s = 0;
  if (k <= d) {
    s = 1 / (8 * d + j);
    for (; k < d; k++) s = fraction(s + powerOfTwo(4 * (d - k), 8 * k + j) / (8 * k + j));
    k++;
  }
  if (k >= 2 ** (ACCURACY_BITS - 7)) return s;
  for (; ; k++) {
    const n = 8 * k + j;
    const shift = 4 * (k - d);
    if (ACCURACY_BITS <= shift || 2 ** (ACCURACY_BITS - shift) < n) return s;
    s = fraction(s + 1 / (n * 2 ** shift));
  }
}

/** Returns 2^e mod n, for whole numbers e > 0 and n > 0. */
export function powerOfTwo(e: number, n: number): number {
  if (n === 1) return 0;
  // BigInt is much slower: a square needs it only where it leaves the whole numbers of a double.
  const square =
    n < 94_906_265 ? (r: number) => (r * r) % n : (r: number) => Number((BigInt(r) * BigInt(r)) % BigInt(n));
  let highest = 1;
  while (highest * 2 <= e) highest *= 2;
  let r = 2 % n;
  for (let bit = highest / 2; bit >= 1; bit /= 2) {
    r = square(r);
    if (Math.floor(e / bit) % 2 === 1) {
      r *= 2;
      if (r >= n) r -= n;
    }
  }
  return r;
}

/** Number of steps for the first n digits. */
const work = (n: number): number => (n * (n + 1)) / 2;

/** Cuts digits into parts that take about the same time, at multiples of 4 from the first. Returns the start of each part. */
export function equalParts(offset: number, size: number, count: number): number[] {
  const total = work(offset + size) - work(offset);
  const parts = [offset];
  for (let i = 1; i < count; i++) {
    // As in Hadoop's example, which adds the offset where the work before it would be right.
    const target = offset + i * Math.floor(total / count) + Math.floor((i * (total % count)) / count);
    let low = parts[i - 1] ?? offset;
    let high = offset + size;
    while (high > low + DIGITS_AT_ONCE) {
      const middle = Math.floor((high + low - 2 * (offset % 4)) / 8) * 4 + (offset % 4);
      if (work(middle) === target) {
        high = middle;
        low = middle;
      } else if (work(middle) > target) high = middle;
      else low = middle;
    }
    parts.push(high === low || work(high) - target <= target - work(low) ? high : low);
  }
  return parts;
}

/** Returns the first decimal digits of the fraction that these bytes are. */
export function decimalDigits(bytes: Uint8Array, count: number): string {
  const fractionBits = BigInt(8 * bytes.length);
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
  return ((value * 10n ** BigInt(count)) >> fractionBits).toString().padStart(count, '0');
}

/** Lays digits out in groups: `Pi = 3.1415926535 8979…`, each line below the first digit. */
export function layOut(prefix: string, digits: string, perGroup: number, groupsPerLine: number): string {
  const groups = digits.match(new RegExp(`.{1,${perGroup}}`, 'g')) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += groupsPerLine) lines.push(groups.slice(i, i + groupsPerLine).join(' '));
  return `\n${prefix}${lines.join(`\n${' '.repeat(prefix.length)}`)}\n`;
}
