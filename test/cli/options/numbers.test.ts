// Tests numbers in command lines, with Java's ranges and messages.
import { describe, expect, test } from 'vitest';
import { parseJavaInt, parseSize } from '../../../cli/options/numbers.ts';

test("parseJavaInt throws Java's messages", () => {
  expect(parseJavaInt('12')).toBe(12);
  expect(() => parseJavaInt('x')).toThrow('For input string: "x"');
  expect(() => parseJavaInt('99999', 32767)).toThrow('Value out of range. Value:"99999" Radix:10');
});

// Rules of Hadoop's StringUtils.TraditionalBinaryPrefix.string2long.
describe('parseSize', () => {
  test.each([
    ['10', 10],
    ['5m', 5 * 1024 ** 2],
    ['3T', 3 * 1024 ** 4],
    ['-1', -1],
  ])('%s', (text, size) => {
    expect(parseSize(text)).toBe(size);
  });

  test.each([
    ['a5', 'For input string: "a5"'],
    ['5x', "Invalid size prefix 'x' in '5x'. Allowed prefixes are k, m, g, t, p, e(case insensitive)"],
    ['', 'For input string: ""'],
  ])('%j: %s', (text, message) => {
    expect(() => parseSize(text)).toThrow(message);
  });
});
