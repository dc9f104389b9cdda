// Patterns with * and ? give the same matches as a simple matcher that follows the definition, in linear time.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Characters, wildcardMatches } from '../../../runtime/http/wildcard.ts';

/** Matches by trying every length for every star. This takes exponential time, so texts must be short. */
function matchesByDefinition(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern[0] === '*') {
    return Array.from({ length: text.length + 1 }, (_, taken) => taken).some((taken) =>
      matchesByDefinition(rest, text.slice(taken)),
    );
  }
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && matchesByDefinition(rest, text.slice(1));
}

/** A text that counts the reads of its characters. */
class CountedText implements Characters {
  readonly #text: string;
  looks = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.looks++;
    return this.#text.charCodeAt(index);
  }
}

describe('wildcardMatches', () => {
  it.each([
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['FSNamesystem', 'FSNamesystem', true],
    ['FSNamesystem', 'FSNamesystemState', false],
    ['FSNamesystem*', 'FSNamesystemState', true],
    ['*State', 'FSNamesystemState', true],
    ['*a*b', 'xaxbxab', true],
    ['*ab?', 'abab', false],
    ['Data?ode', 'DataNode', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, text, matches) => expect(wildcardMatches(pattern, text)).toBe(matches));

  test('agrees with the definition on every small pattern and text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
    fc.assert(
      fc.property(pattern, text, (p, t) => wildcardMatches(p, t) === matchesByDefinition(p, t)),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ['stars', `${'*'.repeat(10_000)}!`],
    ['stars and characters', `${'*a'.repeat(5000)}!`],
    ['stars and question marks', `${'*?'.repeat(5000)}!`],
  ])('looks at each character a bounded number of times: %s', (_what, pattern) => {
    const text = new CountedText('a'.repeat(10_000));
    const stars = new CountedText(pattern);
    expect(wildcardMatches(stars, text)).toBe(false);
    expect(text.looks + stars.looks).toBeLessThanOrEqual(4 * (text.length + stars.length));
  });
});
