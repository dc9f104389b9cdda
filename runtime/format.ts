/** Texts of numbers, times, permissions and tables, as Hadoop's commands print them. Pure. */

const BINARY_PREFIXES = ['K', 'M', 'G', 'T', 'P', 'E'];

/** Returns `1.5 K`, `12.0 M` or `128 M` (Hadoop's TraditionalBinaryPrefix): no decimals if the division is exact. */
export function binaryPrefix(value: number, decimalPlaces = 1, unit = ''): string {
  const sign = value < 0 ? '-' : '';
  const n = Math.abs(value);
  if (n < 1024) return `${sign}${n}${unit && ` ${unit}`}`;
  let power = Math.min(Math.floor(Math.log2(n) / 10), BINARY_PREFIXES.length);
  // The logarithm is inexact next to a power of 1024.
  while (power < BINARY_PREFIXES.length && n >= 1024 ** (power + 1)) power++;
  while (power > 1 && n < 1024 ** power) power--;
  let text = scaled(n, power, decimalPlaces);
  if (text.startsWith('1024') && power < BINARY_PREFIXES.length) text = scaled(n, ++power, decimalPlaces);
  return `${sign}${text} ${BINARY_PREFIXES[power - 1]}${unit}`;
}

function scaled(n: number, power: number, decimalPlaces: number): string {
  const quotient = n / 1024 ** power;
  return Number.isInteger(quotient) ? String(quotient) : quotient.toFixed(decimalPlaces);
}

/** Returns a size in bytes, or in the units of binaryPrefix if `human` (the option -h) is set. */
export function formatSize(bytes: number, human: boolean): string {
  return human ? binaryPrefix(bytes) : String(bytes);
}

const RWX = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'] as const;
const rwx = (bits: number): string => RWX[bits & 7] ?? '---';

/** Returns `rwxr-xr-t`. The sticky bit is shown in place of the last x: as `t` if that x is set, else as `T`. */
export function permissionString(permission: number): string {
  const text = rwx(permission >> 6) + rwx(permission >> 3) + rwx(permission);
  if ((permission & 0o1000) === 0) return text;
  return text.slice(0, 8) + ((permission & 1) === 1 ? 't' : 'T');
}

/** Returns `755` or `1777`, without leading zeros. */
export function octalPermission(permission: number): string {
  return (permission & 0o1777).toString(8);
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Returns `yyyy-MM-dd HH:mm` in the local time zone, as -ls prints times. `timeMs`: since the epoch. */
export function localMinute(timeMs: number): string {
  const t = new Date(timeMs);
  return `${year(t.getFullYear())}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** Returns `yyyy-MM-dd HH:mm:ss` in UTC, as -stat prints times. `timeMs`: since the epoch. */
export function utcSecond(timeMs: number): string {
  const t = new Date(timeMs);
  const date = `${year(t.getUTCFullYear())}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())}`;
  return `${date} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
}

const year = (n: number): string => String(n).padStart(4, '0');

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Returns `Fri Nov 21 03:31:00 UTC 2025` (java.util.Date's toString), as -report prints the last contact. */
export function javaDate(timeMs: number): string {
  const t = new Date(timeMs);
  const time = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(t)
    .find((part) => part.type === 'timeZoneName')?.value;
  return `${WEEKDAYS[t.getDay()]} ${MONTHS[t.getMonth()]} ${two(t.getDate())} ${time} ${zone ?? 'UTC'} ${year(t.getFullYear())}`;
}

/** Replaces control, format, private-use, surrogate and unassigned characters by `?`, as `-ls -q` does. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

/** Returns a percentage with that many decimals; Java's `NaN%` for a fraction that is not finite. */
export function percent(fraction: number, decimalPlaces: number): string {
  return `${Number.isFinite(fraction) ? (fraction * 100).toFixed(decimalPlaces) : 'NaN'}%`;
}

/** Returns bytes as lowercase hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/**
 * Returns lines in which each column is as wide as its widest cell, two spaces apart. `rightAligned`: indexes of the
 * columns whose cells are padded on the left. A last column that is not among them has no padding.
 */
export function table(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  const right = new Set(rightAligned);
  return rows.map((row) =>
    row
      .map((cell, i) => {
        if (right.has(i)) return cell.padStart(widths[i] ?? 0);
        return i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0);
      })
      .join('  '),
  );
}

/** Breaks a text at spaces into lines of at most `width` characters; longer words are cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    if (rest.startsWith(' ')) {
      rest = rest.slice(1);
      continue;
    }
    const space = rest.lastIndexOf(' ', width);
    lines.push(space > 0 ? rest.slice(0, space) : rest.slice(0, width));
    rest = space > 0 ? rest.slice(space + 1) : rest.slice(width);
  }
  return [...lines, rest];
}

/** Returns a line in log4j's format `%d{ISO8601} %p %c{2}: %m`, in local time and without a line break. */
export function logLine(date: Date, level: 'INFO' | 'WARN' | 'ERROR', logger: string, message: string): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')} ${level} ${logger}: ${message}`;
}
