/** The texts that Java makes of floating point numbers. Pure. */

/** Returns Double.toString(value). */
export function javaDouble(value: number): string {
  return javaText(value, (n) => n.toExponential());
}

/** Returns Float.toString(value) of a number that is a float. */
export function javaFloat(value: number): string {
  return javaText(value, shortestFloat);
}

/** Returns the shortest text with an exponent that is the same float. */
function shortestFloat(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential();
}

/** Numbers from 0.001 to 10,000,000 have no exponent; others have one digit before the point. */
function javaText(value: number, exponential: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', power = '0'] = exponential(value).split('e');
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7) return `${withPoint(mantissa)}E${Number(power)}`;
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  const point = Number(power) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const padded = digits.padEnd(point, '0');
  return withPoint(`${sign}${padded.slice(0, point)}${padded.length > point ? `.${padded.slice(point)}` : ''}`);
}

const withPoint = (text: string): string => (text.includes('.') ? text : `${text}.0`);
