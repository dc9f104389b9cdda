/** Numbers in command lines, with Java's ranges and Java's words for texts that are no numbers. Pure. */
import { UsageError } from './usage-error.ts';

const INT_MAX = 2147483647;
const SHORT_MAX = 32767;
const SIZE_SUFFIXES = 'kmgtpe';

/** Returns a whole number up to `max`, as Integer.parseInt. @throws UsageError */
export function parseJavaInt(text: string, max = INT_MAX): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new UsageError(`For input string: "${text}"`);
  if (value > max || value < -max - 1) {
    throw new UsageError(
      max === SHORT_MAX ? `Value out of range. Value:"${text}" Radix:10` : `For input string: "${text}"`,
    );
  }
  return value;
}

/** Returns bytes from `10`, `5m` or `3T` (StringUtils.TraditionalBinaryPrefix.string2long). @throws UsageError */
export function parseSize(text: string): number {
  const match = /^([+-]?\d+)([a-z]?)$/i.exec(text);
  const suffix = /\D$/.exec(text)?.[0] ?? '';
  const power = SIZE_SUFFIXES.indexOf(suffix.toLowerCase()) + 1;
  if (suffix && power === 0) {
    const allowed = 'Allowed prefixes are k, m, g, t, p, e(case insensitive)';
    throw new UsageError(`Invalid size prefix '${suffix}' in '${text}'. ${allowed}`);
  }
  if (!match) throw new UsageError(`For input string: "${suffix ? text.slice(0, -1) : text}"`);
  return Number(match[1]) * 1024 ** (suffix ? power : 0);
}
