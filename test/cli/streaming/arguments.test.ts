// The command line of streaming, as commons-cli parses it for Hadoop's StreamJob.
import { expect, it } from 'vitest';
import { parseStreaming } from '../../../cli/streaming/arguments.ts';

const parse = (line: string) => parseStreaming(line.split(' ').filter((word) => word !== ''));

it('takes several values of -input, and repeated options', () => {
  const given = parse('-input /a /b --output /o -input /c -mapper cat -cmdenv A=1 -cmdenv B=2 -lazyOutput');
  expect(given.all('input')).toEqual(['/a', '/b', '/c']);
  expect(given.first('output')).toBe('/o');
  expect(given.all('cmdenv')).toEqual(['A=1', 'B=2']);
  expect([given.has('lazyOutput'), given.has('verbose')]).toEqual([true, false]);
});

it('takes words with a dash that are no options as inputs, as Hadoop does', () => {
  expect(parse('-input /a -D x=1 -output /o').all('input')).toEqual(['/a', '-D', 'x=1']);
});

it('takes the first of two mappers, words with a dash as values, and leaves quotes out', () => {
  const given = parseStreaming(['-mapper', '"a b"', '-mapper', 'x', '-reducer', '-x', '-combiner', '"a" "b"']);
  expect(given.first('mapper')).toBe('a b');
  expect(given.first('reducer')).toBe('-x');
  expect(given.first('combiner')).toBe('"a" "b"');
});

it.each([
  // Generic options stand in front of all others: a late one is no option of streaming.
  ['-output /o -D x=1', 'Unrecognized option: -D'],
  ['-output /o -files x', 'Unrecognized option: -files'],
  ['-verbose -nosuch', 'Unrecognized option: -nosuch'],
  ['-mapper', 'Missing argument for option: mapper'],
  ['-input -output /o', 'Missing argument for option: input'],
  ['-mapper cat dog -output /o mouse', 'Found 2 unexpected arguments on the command line [dog, mouse]'],
])('refuses %s', (line, message) => expect(() => parse(line)).toThrow(message));
