// Tests Hadoop's glob syntax.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentGlob, expandBraces } from '../../../client/filesystem/glob.ts';

describe('globs, as FileSystem.globStatus documents them', () => {
  it.each([
    ['?', 'a', true],
    ['?', 'ab', false],
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abbd', false],
    ['[abc]', 'b', true],
    ['[abc]', 'd', false],
    ['[a-c]x', 'bx', true],
    ['[^a]', 'b', true],
    ['[^a]', 'a', false],
    ['[!a]', 'b', true],
    ['{ab,cd}', 'cd', true],
    ['{ab,c{de,fh}}', 'cfh', true],
    ['{ab,c{de,fh}}', 'cde', true],
    ['{ab,c{de,fh}}', 'ce', false],
    ['part-{0,1}*', 'part-10', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a.b*', 'axb', false],
    ['a+b?', 'a+bc', true],
    ['($)*', '($)x', true],
    ['x|y?', 'x|yz', true],
    ['a,b*', 'a,bc', true],
    ['^*', '^a', true],
    ['}*', '}x', true],
    ['ä*', 'äö', true],
  ])('%s and %s: %s', (glob, name, matches) => {
    expect(componentGlob(glob).matches(name)).toBe(matches);
  });

  // Each piece of a glob with the piece of a regular expression that means the same.
  const plain = fc.constantFrom('a', 'b').map((c) => ({ glob: c, regex: c }));
  const simple = fc.oneof(
    plain,
    fc.constant({ glob: '?', regex: '.' }),
    fc.constant({ glob: '*', regex: '.*' }),
    fc.constant({ glob: '[ab]', regex: '[ab]' }),
    fc.constant({ glob: '[^a]', regex: '[^a]' }),
    fc.constant({ glob: '\\*', regex: '\\*' }),
  );
  type Piece = { glob: string; regex: string };
  const joined = (pieces: readonly Piece[], key: keyof Piece) => pieces.map((piece) => piece[key]).join('');
  const { piece } = fc.letrec<{ piece: Piece; group: Piece }>((tie) => ({
    piece: fc.oneof({ depthSize: 'small' }, simple, tie('group')),
    group: fc.array(fc.array(tie('piece'), { maxLength: 3 }), { minLength: 1, maxLength: 3 }).map((alternatives) => ({
      glob: `{${alternatives.map((one) => joined(one, 'glob')).join(',')}}`,
      regex: `(?:${alternatives.map((one) => joined(one, 'regex')).join('|')})`,
    })),
  }));

  it('match as the regular expression that means the same', () => {
    const name = fc.array(fc.constantFrom('a', 'b', '*', 'c'), { maxLength: 6 }).map((c) => c.join(''));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), name, (pieces, text) => {
        const glob = `${joined(pieces, 'glob')}*`;
        const regex = new RegExp(`^(?:${joined(pieces, 'regex')}.*)$`, 's');
        expect(componentGlob(glob).matches(text), `${glob} and ${text}`).toBe(regex.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  // A regular expression of 30 stars would try about as many ways as there are to choose 30 of 10,000 places.
  it.each([
    ['stars', 'a*'.repeat(30)],
    ['stars in a row', '*'.repeat(30)],
    ['groups of stars', '{*a,*aa}'.repeat(30)],
  ])('30 %s find no match in 10,000 characters, and say so', (_what, glob) => {
    expect(componentGlob(`${glob}!`).matches('a'.repeat(10_000))).toBe(false);
    expect(componentGlob(`${glob}!`).matches(`${'a'.repeat(10_000)}!`)).toBe(true);
  });

  it('a name without special characters is no pattern, nor is one whose specials are escaped', () => {
    expect(componentGlob('plain.txt')).toMatchObject({ hasPattern: false, name: 'plain.txt' });
    expect(componentGlob('a\\*b')).toMatchObject({ hasPattern: false, name: 'a*b' });
  });

  it.each(['[a', '{a', '{a,{b}', 'a\\'])('%s is malformed', (glob) => {
    expect(() => componentGlob(glob)).toThrow('Illegal file pattern');
  });

  it.each([
    ['a/b', ['a/b']],
    ['{a/b}', ['a/b']],
    ['/}{a/b}', ['/}a/b']],
    ['p{a/b,c/d}s', ['pa/bs', 'pc/ds']],
    ['{a/b,c/d,{e,f}}', ['a/b', 'c/d', '{e,f}']],
    ['{a/b,c/d}{e,f}', ['a/b{e,f}', 'c/d{e,f}']],
    ['{a,b}/{b,{c/d,e/f}}', ['{a,b}/b', '{a,b}/c/d', '{a,b}/e/f']],
    ['{a,b}', ['{a,b}']],
  ])('GlobExpander: %s', (pattern, expanded) => {
    expect(expandBraces(pattern)).toEqual(expanded);
  });
});
