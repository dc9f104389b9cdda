// Tests Hadoop's glob syntax.
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
