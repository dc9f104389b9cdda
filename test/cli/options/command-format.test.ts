import { describe, expect, test } from 'vitest';
import { parseJavaInt, parseOptions, popOption, UsageError } from '../../../cli/options/command-format.ts';

// CommandFormat of Hadoop.
describe('parseOptions', () => {
  test('options end at the first parameter', () => {
    const parsed = parseOptions(['-R', '-skipTrash', '/a', '-f'], { min: 1, options: ['R', 'skipTrash', 'f'] });
    expect(parsed.parameters).toEqual(['/a', '-f']);
    expect(parsed.given).toEqual(['R', 'skipTrash']);
    expect(parsed.has('f')).toBe(false);
  });

  test('-- ends them, - is a parameter', () => {
    expect(parseOptions(['--', '-x'], { min: 1 }).parameters).toEqual(['-x']);
    expect(parseOptions(['-', '/a'], { min: 1 }).parameters).toEqual(['-', '/a']);
  });

  test('a value is taken unless too few parameters would be left', () => {
    const format = { min: 1, valued: ['t'] };
    expect(parseOptions(['-t', '4', '/a'], format).value('t')).toBe('4');
    expect(parseOptions(['-t', '/a'], format)).toMatchObject({ parameters: ['/a'] });
    expect(parseOptions(['-t', '/a'], format).value('t')).toBe('');
    expect(parseOptions(['/a'], format).value('t')).toBeUndefined();
  });

  test.each([
    [['-z', '/a'], 'Illegal option -z'],
    [[], 'Not enough arguments: expected 1 but got 0'],
    [['a', 'b', 'c'], 'Too many arguments: expected 2 but got 3'],
  ])('%j: %s', (args, message) => {
    expect(() => parseOptions(args, { min: 1, max: 2 })).toThrow(new UsageError(message));
  });

  test('unknown options may be left, as -chmod -w needs', () => {
    const parsed = parseOptions(['-w', '-R', '/a'], { min: 2, options: ['R'], ignoreUnknown: true });
    expect(parsed.parameters).toEqual(['-w', '/a']);
    expect(parsed.has('R')).toBe(true);
  });
});

test('popOption takes an option with its value from anywhere', () => {
  const args = ['/a', '-t', '20260102:030405', '/b'];
  expect(popOption(args, '-t')).toBe('20260102:030405');
  expect(args).toEqual(['/a', '/b']);
  expect(() => popOption(['-t'], '-t')).toThrow('option -t requires 1 argument.');
  expect(popOption(['--', '-t', 'x'], '-t')).toBeUndefined();
});

test('parseJavaInt speaks as Java does', () => {
  expect(parseJavaInt('12')).toBe(12);
  expect(() => parseJavaInt('x')).toThrow('For input string: "x"');
  expect(() => parseJavaInt('99999', 32767)).toThrow('Value out of range. Value:"99999" Radix:10');
});
