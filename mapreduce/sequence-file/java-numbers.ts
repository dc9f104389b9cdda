/** Numbers as text, as Java's Double.toString and Float.toString write them. */

/** Number of digits with which every float can be told from its neighbours. */
const FLOAT_DIGITS_MAX = 9;

/** Returns the shortest text that is read as the same double. */
export function doubleText(value: number): string {
  return javaText(value, value.toExponential());
}

/** Returns the shortest text that is read as the same float. */
export function floatText(value: number): string {
  for (let digits = 0; digits < FLOAT_DIGITS_MAX; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return javaText(value, text);
  }
  return javaText(value, value.toExponential());
}

/** @param scientific the digits as toExponential() gives them */
function javaText(value: number, scientific: string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(scientific) ?? [];
  const places = Number(exponent);
  const digits = `${whole}${fraction}`.replace(/0+$/, '') || '0';
  // Java writes numbers from 0.001 up to 10,000,000 without an exponent.
  if (places < -3 || places >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${places}`;
  if (places < 0) return `${sign}0.${'0'.repeat(-places - 1)}${digits}`;
  const padded = digits.padEnd(places + 1, '0');
  return `${sign}${padded.slice(0, places + 1)}.${padded.slice(places + 1) || '0'}`;
}
