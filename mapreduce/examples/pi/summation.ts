/** Sums of fractions 2^e / n, whose exponents and divisors grow by fixed steps: the work of the example distbbp. */
import { powerOfTwo } from './bbp-digits.ts';

/** The numbers value, value + delta, … before limit. */
export interface Progression {
  readonly value: number;
  readonly delta: number;
  readonly limit: number;
}

/** The fraction of Σ (2^e mod n) / n. A type and not an interface, so that it can be the payload of a split. */
export type Summation = {
  readonly n: { readonly value: number; readonly delta: number; readonly limit: number };
  readonly e: { readonly value: number; readonly delta: number; readonly limit: number };
};

export interface Result {
  readonly sigma: Summation;
  readonly value: number;
  readonly durationMs: number;
}

/** Adds a number in (-1, 1) to one in [0, 1), and keeps the fraction. */
export function addMod(x: number, a: number): number {
  const y = x + a;
  if (y >= 1) return y - 1;
  return y < 0 ? y + 1 : y;
}

/** Returns the sum for e down to 0. */
export function summation(n: number, deltaN: number, e: number, deltaE: number): Summation {
  const limit = n + deltaN * Math.trunc((0 - e) / deltaE);
  return { n: { value: n, delta: deltaN, limit }, e: { value: e, delta: deltaE, limit: 0 } };
}

const stepsOf = ({ value, delta, limit }: Progression): number => Math.trunc((limit - value) / delta);

export const steps = ({ e }: Summation): number => stepsOf(e);

/** Cuts a sum into parts of about as many terms, one after the other. A part may be empty. */
export function parts(sigma: Summation, count: number): Summation[] {
  const { n, e } = sigma;
  const total = stepsOf(e) + 1;
  const at = (progression: Progression, i: number): number => {
    if (i === count) return progression.limit;
    return progression.value + progression.delta * Math.floor((i * total) / count);
  };
  return Array.from({ length: count }, (_, i) => ({
    n: { value: at(n, i), delta: n.delta, limit: at(n, i + 1) },
    e: { value: at(e, i), delta: e.delta, limit: at(e, i + 1) },
  }));
}

export function compute({ n, e }: Summation): number {
  let sum = 0;
  for (let at = e.value, divisor = n.value; at > e.limit; at += e.delta, divisor += n.delta) {
    sum = addMod(sum, powerOfTwo(at, divisor) / divisor);
  }
  return sum;
}

/** Puts results together that follow each other. Returns them from the first term to the last. */
export function combine(results: readonly Result[]): Result[] {
  const sorted = results.toSorted((a, b) => b.sigma.e.value - a.sigma.e.value || b.sigma.e.limit - a.sigma.e.limit);
  const combined: Result[] = [];
  for (const next of sorted) {
    const last = combined.at(-1);
    if (!last || last.sigma.e.limit !== next.sigma.e.value) combined.push(next);
    else {
      const { n, e } = last.sigma;
      combined[combined.length - 1] = {
        sigma: { n: { ...n, limit: next.sigma.n.limit }, e: { ...e, limit: next.sigma.e.limit } },
        value: addMod(last.value, next.value),
        durationMs: last.durationMs + next.durationMs,
      };
    }
  }
  return combined;
}

/** Returns the terms of a sum that combined results do not have. */
export function remaining(sigma: Summation, combined: readonly Result[]): Summation[] {
  const gaps: Summation[] = [];
  let [n, e] = [sigma.n.value, sigma.e.value];
  for (const { sigma: done } of combined) {
    if (done.e.value < e) {
      gaps.push({ n: { ...sigma.n, value: n, limit: done.n.value }, e: { ...sigma.e, value: e, limit: done.e.value } });
    }
    [n, e] = [done.n.limit, done.e.limit];
  }
  if (e > sigma.e.limit) gaps.push({ n: { ...sigma.n, value: n }, e: { ...sigma.e, value: e } });
  return gaps;
}

const progressionText = (symbol: string, { value, delta, limit }: Progression): string =>
  `${symbol}:value=${value},delta=${delta},limit=${limit}`;

/** Writes a sum as Hadoop's example does. */
export const sigmaText = ({ n, e }: Summation): string => `[${progressionText('n', n)}; ${progressionText('e', e)}]`;

/** Writes a result as Hadoop's example does; the value as the bits of a double. */
export function resultText({ sigma, value, durationMs }: Result): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return `sigma=${sigmaText(sigma)}value=${bits.readBigInt64BE()}, duration=${durationMs}(${durationText(durationMs)})`;
}

const RESULT =
  /sigma=\[n:value=(\d+),delta=(\d+),limit=(\d+); e:value=(-?\d+),delta=(-\d+),limit=(-?\d+)\]value=(-?\d+), duration=([\d,]+)\(/;

/** Reads a line of resultText(). Returns undefined for another line. */
export function parseResult(line: string): Result | undefined {
  const match = RESULT.exec(line);
  if (!match) return undefined;
  const [nValue = 0, nDelta = 0, nLimit = 0, eValue = 0, eDelta = 0, eLimit = 0] = match.slice(1, 7).map(Number);
  const bits = Buffer.alloc(8);
  bits.writeBigInt64BE(BigInt(match[7] ?? '0'));
  return {
    sigma: { n: { value: nValue, delta: nDelta, limit: nLimit }, e: { value: eValue, delta: eDelta, limit: eLimit } },
    value: bits.readDoubleBE(),
    durationMs: Number(match[8]?.replaceAll(',', '')),
  };
}

/** Writes a time as `1:02:03.456`, `12.5s` with three digits, or `7ms`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const rest = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}${rest}s`;
  const two = (n: number): string => String(n % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds)}${rest}`;
  return `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}${rest}`;
}
