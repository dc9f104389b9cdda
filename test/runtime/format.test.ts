// Texts of numbers, times, permissions and tables as Hadoop's commands print them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as format from '../../runtime/format.ts';

// Hadoop: StringUtils.TraditionalBinaryPrefix.
describe('binaryPrefix', () => {
  test.each([
    [0, '0'],
    [1023, '1023'],
    [1024, '1 K'],
    [1536, '1.5 K'],
    [-1536, '-1.5 K'],
    [128 * 1024 ** 2, '128 M'],
    [1024 ** 2 - 1, '1.0 M'],
    [3.25 * 1024 ** 3, '3.3 G'],
    [1024 ** 6, '1 E'],
  ])('%d is %s', (value, text) => {
    expect(format.binaryPrefix(value)).toBe(text);
  });

  test('with a unit and two decimals, as -report', () => {
    expect(format.binaryPrefix(811659522048, 2, 'B')).toBe('755.92 GB');
    expect(format.binaryPrefix(0, 2, 'B')).toBe('0 B');
  });

  test('is never longer than 1023 of its unit', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (n) => {
        expect(Number.parseFloat(format.binaryPrefix(n))).toBeLessThan(1024);
      }),
    );
  });
});

describe('permissions', () => {
  test.each([
    [0o755, 'rwxr-xr-x', '755'],
    [0o644, 'rw-r--r--', '644'],
    [0o1777, 'rwxrwxrwt', '1777'],
    [0o1776, 'rwxrwxrwT', '1776'],
    [0o1770, 'rwxrwx--T', '1770'],
    [0, '---------', '0'],
  ])('%o', (permission, symbolic, octal) => {
    expect(format.permissionString(permission)).toBe(symbolic);
    expect(format.octalPermission(permission)).toBe(octal);
  });
});

test('times are printed in UTC to the second, local to the minute, and as java.util.Date', () => {
  expect(format.utcSecond(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02 03:04:05');
  expect(format.localMinute(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04');
  expect(format.javaDate(new Date(2026, 0, 2, 3, 4, 5).getTime())).toMatch(/^Fri Jan 02 03:04:05 \S+ 2026$/);
});

test('printable() replaces characters that can not be printed by ?, as -ls -q does', () => {
  expect(format.printable('a\tb\u200bc é 漢')).toBe('a?b?c é 漢');
});

test('percent() rounds to the given decimals, and prints NaN as Java does', () => {
  expect(format.percent(0.256, 0)).toBe('26%');
  expect(format.percent(0 / 0, 0)).toBe('NaN%');
});

test('table() aligns columns; the last one on the left has no trailing spaces', () => {
  expect(
    format.table([
      ['a', 'b'],
      ['long', 'x'],
    ]),
  ).toEqual(['a     b', 'long  x']);
  expect(format.table([['Size'], ['1']], [0])).toEqual(['Size', '   1']);
});

describe('wrap', () => {
  test('breaks at spaces', () => {
    expect(format.wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
    expect(format.wrap('aaaaaaaa', 5)).toEqual(['aaaaa', 'aaa']);
  });

  test('loses no word and makes no line too long', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 40 }), (list, width) => {
        const lines = format.wrap(list.join(' '), width);
        expect(lines.join(' ').split(' ')).toEqual(list);
        expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test("is formatted as log4j's %d{ISO8601} %p %c{2}: %m", () => {
  const line = format.logLine(new Date(2024, 0, 2, 3, 4, 5, 6), 'INFO', 'mapreduce.Job', 'x');
  expect(line).toBe('2024-01-02 03:04:05,006 INFO mapreduce.Job: x');
});
