// Java's regular expressions find in JavaScript the matches that they find in Java.
import { describe, expect, it, test } from 'vitest';
import { javaRegex } from '../../../../mapreduce/examples/grep/java-regex.ts';
import { RegexError } from '../../../../mapreduce/examples/grep/pattern-text.ts';
import rows from './java-regex.json' with { type: 'json' };

/** Expressions that Java's Pattern.compile refuses. */
const WRONG = [
  '*a',
  'a{',
  '(a',
  'a)',
  '[a',
  '\\y',
  '\\k<z>',
  '\\p{Foo}',
  'a{3,2}',
  '[b-a]',
  '(?z)a',
  '(?<a>x)(?<a>y)',
  'a**',
  '\\',
];

/** Expressions that Java takes and JavaScript can't express, and the reason that the user reads. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['\\N{LATIN SMALL LETTER A}', 'a character by its name is not supported near index 1'],
  ['a++', 'a possessive quantifier is not supported near index 2'],
  ['a{2}+', 'a possessive quantifier is not supported near index 4'],
  ['(?>a+)b', 'an atomic group (?>…) is not supported near index 2'],
  ['\\G1', '\\G, the end of the match before is not supported near index 1'],
  ['\\X', '\\X, a grapheme cluster is not supported near index 1'],
  ['\\p{InGreek}', 'unknown character property name {InGreek} near index 11'],
  ['(?U)\\w', 'the flag U, UNICODE_CHARACTER_CLASS, is not supported near index 4'],
  ['(a)?\\1b', '\\1, a reference to a group that may not have matched, is not supported near index 6'],
  ['(?:(a)|b)\\1', '\\1, a reference to a group that may not have matched, is not supported near index 11'],
  ['\\1(a)', '\\1, a reference to a group that may not have matched, is not supported near index 2'],
  ['(?i)(a)\\1', 'a reference to a group is not supported under the flag i near index 9'],
];

describe('javaRegex', () => {
  // The third value of each row is what Java 17's Matcher.find() finds in the text.
  test.each(rows as [string, string, string[]][])('%j in %j', (pattern, text, matches) => {
    expect([...text.matchAll(javaRegex(pattern))].map(([match]) => match)).toEqual(matches);
  });

  test.each(WRONG)('refuses %j, as Java does', (pattern) => {
    expect(() => javaRegex(pattern)).toThrow(RegexError);
  });

  test.each(REFUSED)('refuses %j, which JavaScript has not', (pattern, reason) => {
    expect(() => javaRegex(pattern)).toThrow(reason);
  });

  it('keeps the numbers of groups', () => {
    expect(javaRegex('(?<year>\\d+)-(?:x|(\\d+))').exec('2024-07')?.slice(0, 3)).toEqual(['2024-07', '2024', '07']);
  });

  it('shows the place in the expression', () => {
    expect(() => javaRegex('ab++c')).toThrow('near index 3\nab++c\n   ^');
  });
});
