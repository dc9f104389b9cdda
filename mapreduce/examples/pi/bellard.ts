/** Bellard's formula for binary digits of π, as fourteen sums. */
import { addMod, type Summation, summation } from './summation.ts';

const DELTA_E = -20;
const ACCURACY_BITS = 50;
const DOUBLE_BITS = 52;

/** One of the sums: the first divisor and its step, the first exponent beyond the skipped bits, and the sign. */
export interface Parameter {
  readonly name: string;
  readonly isPlus: boolean;
  readonly divisor: number;
  readonly step: number;
  readonly exponent: number;
}

const parameter = (isPlus: boolean, divisor: number, step: number, exponent: number): Parameter => ({
  // The sum of the divisor 1 with a positive exponent begins with its second term, as the first is whole.
  name: `P${step}_${divisor === 1 && exponent >= 0 ? divisor + step : divisor}`,
  isPlus,
  divisor,
  step,
  exponent,
});

/** The terms in between, with the other sign. */
const between = ({ isPlus, divisor, step, exponent }: Parameter): Parameter =>
  parameter(!isPlus, divisor + step / 2, step, exponent + DELTA_E / 2);

const EIGHTS = [parameter(false, 1, 8, -1), parameter(false, 3, 8, -6)];
const TWENTIES = [
  parameter(true, 1, 20, 2),
  parameter(false, 3, 20, 0),
  parameter(false, 5, 20, -4),
  parameter(false, 7, 20, -4),
  parameter(true, 9, 20, -6),
];

export const PARAMETERS: readonly Parameter[] = [
  ...EIGHTS,
  ...EIGHTS.map(between),
  ...TWENTIES,
  ...TWENTIES.map(between),
];

/** Returns the first divisor and exponent of a sum, `skipped` bits behind the point. */
function firstTerm(
  { divisor, step, exponent }: Parameter,
  skipped: number,
): { readonly n: number; readonly e: number } {
  const isLater = divisor === 1 && exponent >= 0;
  return { n: divisor + (isLater ? step : 0), e: skipped + exponent + (isLater ? DELTA_E : 0) };
}

/** Returns the terms of a sum whose exponents are above 0: the long part of the work. */
export function sumOf(of: Parameter, skipped: number): Summation {
  const { n, e } = firstTerm(of, skipped);
  return summation(n, of.step, e, DELTA_E);
}

/** Returns the sum of the terms whose exponents are 0 or below, as far as a double is exact. */
function tail(of: Parameter, skipped: number): number {
  let { n, e } = firstTerm(of, skipped);
  if (e > 0) {
    const rest = e % -DELTA_E;
    n += Math.ceil(e / -DELTA_E) * of.step;
    e = rest === 0 ? 0 : -DELTA_E - rest;
  } else e = -e;
  let sum = 0;
  for (; e <= ACCURACY_BITS && 2 ** (ACCURACY_BITS - e) >= n; e -= DELTA_E, n += of.step) {
    sum = addMod(sum, 1 / (n * 2 ** e));
  }
  return sum;
}

/** Returns the fraction of 2^skipped · π from the values of the sums by their names. */
export function fractionOfPi(skipped: number, values: ReadonlyMap<string, number>): number {
  let pi = 0;
  for (const of of PARAMETERS) {
    const sum = addMod(values.get(of.name) ?? 0, tail(of, skipped));
    pi = addMod(pi, of.isPlus ? sum : -sum);
  }
  return pi;
}

/** Writes the bits as hexadecimal digits: those that are exact, those that may be wrong, and the number of exact ones. */
export function bitsText(pi: number, skipped: number): string {
  const terms = 7 * Math.floor(skipped / 10);
  const exactBits = DOUBLE_BITS + 1 - Math.ceil(terms <= 0 ? 2 : Math.log2(terms) / 2);
  const hexDigits = Math.floor(exactBits / 4);
  const all = Math.floor(pi * 2 ** DOUBLE_BITS)
    .toString(16)
    .toUpperCase()
    .padStart(DOUBLE_BITS / 4, '0');
  return `${all.slice(0, hexDigits)} ${all.slice(hexDigits) || '0'} (${hexDigits} hex digits)`;
}
