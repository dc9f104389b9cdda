// Tests the parser of -find's expressions.
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../../cli/dfs/shell/find-expression.ts';

const fail = (message: string) => new Error(message);

function apply(args: string[], names: string[]): string {
  const expression = parseExpression(args, fail);
  let out = '';
  for (const name of names) {
    expression({ name, text: `d/${name}` }, (text) => {
      out += text;
    });
  }
  return out;
}

// Rules of Hadoop's classes Find, And, Name and Print.
describe('parseExpression', () => {
  test.each([
    [[], 'd/Ab\nd/cd\n'],
    [['-name', 'A*'], 'd/Ab\n'],
    [['-iname', 'a?'], 'd/Ab\n'],
    [['-name', '{Ab,cd}', '-print0'], 'd/Ab\0d/cd\0'],
    [['-name', '[!A]*'], 'd/cd\n'],
    [['-print', '-name', 'x'], 'd/Ab\nd/cd\n'],
    [['-name', '*d', '-a', '-name', 'c*'], 'd/cd\n'],
    [['-name', '*', '-and', '-print'], 'd/Ab\nd/cd\n'],
    [['(', '-name', 'A*', ')'], 'd/Ab\n'],
  ])('%j', (args, printed) => {
    expect(apply(args, ['Ab', 'cd'])).toBe(printed);
  });

  test.each([
    [['-foo'], 'Unexpected argument: -foo'],
    [['-name'], 'Missing argument of -name'],
    [['-a'], 'Unexpected argument: -a'],
    [['-name', 'x', '-a'], 'Missing expression after -a'],
  ])('%j: %s', (args, message) => {
    expect(() => parseExpression(args, fail)).toThrow(message);
  });

  test('a pattern named -print is no action', () => {
    expect(apply(['-name', '-print'], ['-print', 'x'])).toBe('d/-print\n');
  });
});
