// Tests the parser of Hadoop's options with one dash.
import { describe, expect, test } from 'vitest';
import { parseOptions, popOption } from '../../../cli/options/parse-options.ts';
import { UsageError } from '../../../cli/options/usage-error.ts';

// Rules of Hadoop's CommandFormat.
describe('parseOptions', () => {
  test('options end at the first parameter', () => {
    const parsed = parseOptions(['-R', '-skipTrash', '/a', '-f'], { min: 1, options: ['R', 'skipTrash', 'f'] });
    expect(parsed.parameters).toEqual(['/a', '-f']);
    expect(parsed.given).toEqual([{ name: 'R' }, { name: 'skipTrash' }]);
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
    const parsed = parseOptions(['-w', '-R', '/a'], { min: 2, options: ['R'], unknown: 'keep' });
    expect(parsed.parameters).toEqual(['-w', '/a']);
    expect(parsed.has('R')).toBe(true);
  });

  // Hadoop's Balancer.Cli.parse takes only options, in upper or lower case, with lists as words or from a file.
  test('options anywhere, in any case, with lists', () => {
    const format = {
      place: 'anywhere',
      unknown: 'keep',
      ignoresCase: true,
      required: ['policy'],
      lists: ['exclude'],
    } as const;
    const parsed = parseOptions(['-EXCLUDE', '-F', 'hosts', 'x', '-Policy', '-odd', '-z'], format);
    expect(parsed.given).toEqual([
      { name: 'exclude', value: 'hosts', isFile: true },
      { name: 'policy', value: '-odd' },
    ]);
    expect(parsed.parameters).toEqual(['x', '-z']);
    expect(parseOptions(['-exclude', 'a,b', '-exclude', 'c'], format).value('exclude')).toBe('c');
    expect(() => parseOptions(['-exclude', '-f'], format)).toThrow('option -exclude requires 1 argument.');
    expect(() => parseOptions(['-policy'], { ...format, missingValue: (option) => `no ${option}` })).toThrow(
      'no policy',
    );
  });

  // Hadoop reads the generic options with GnuParser of commons-cli.
  test('values in one word, two dashes, and the end at the first unknown option', () => {
    const format = { unknown: 'end', required: ['fs', 'D'], attached: ['D'], longForms: true } as const;
    const parsed = parseOptions(['-Da=1', '--fs', 'h', '-fs=i', '-D', 'b=2', '-ls', '-fs', 'x'], format);
    expect(parsed.given.map(({ name, value }) => `${name} ${value}`)).toEqual(['D a=1', 'fs h', 'fs i', 'D b=2']);
    expect(parsed.parameters).toEqual(['-ls', '-fs', 'x']);
  });
});

test('popOption takes an option with its value from anywhere', () => {
  const args = ['/a', '-t', '20260102:030405', '/b'];
  expect(popOption(args, 't')).toBe('20260102:030405');
  expect(args).toEqual(['/a', '/b']);
  expect(() => popOption(['-t'], 't')).toThrow('option -t requires 1 argument.');
  expect(popOption(['--', '-t', 'x'], 't')).toBeUndefined();
});
