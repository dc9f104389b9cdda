/** The text of a Java expression, read from left to right. */

/** Thrown for an expression that is wrong or that can't be translated. The message shows the place, as Java's does. */
export class RegexError extends Error {
  override readonly name = 'RegexError';

  constructor(pattern: string, index: number, reason: string) {
    super(`${reason} near index ${index}\n${pattern}\n${' '.repeat(index)}^`);
  }
}

interface Character {
  /** One code point. */
  readonly char: string;
  /** Whether it stands between \Q and \E, where it means itself. */
  readonly isQuoted: boolean;
  /** Position in the text. */
  readonly index: number;
}

/** Reads a text, and takes \Q and \E out. */
export function readPattern(text: string): Pattern {
  const characters: Character[] = [];
  let isQuoted = false;
  for (let i = 0; i < text.length; ) {
    if (text.startsWith(isQuoted ? '\\E' : '\\Q', i)) {
      isQuoted = !isQuoted;
      i += 2;
      continue;
    }
    const char = String.fromCodePoint(text.codePointAt(i) ?? 0);
    characters.push({ char, isQuoted, index: i });
    i += char.length;
    // The character behind a backslash is read with it, so that the second one of \\Q begins nothing.
    const escaped = text.codePointAt(i);
    if (!isQuoted && char === '\\' && escaped !== undefined) {
      characters.push({ char: String.fromCodePoint(escaped), isQuoted: false, index: i });
      i += String.fromCodePoint(escaped).length;
    }
  }
  return new Pattern(text, characters);
}

export class Pattern {
  readonly #text: string;
  readonly #characters: readonly Character[];
  #at = 0;

  constructor(text: string, characters: readonly Character[]) {
    this.#text = text;
    this.#characters = characters;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  error(reason: string): RegexError {
    return new RegexError(this.#text, this.#characters[this.#at]?.index ?? this.#text.length, reason);
  }

  /** Returns the next character without taking it; empty at the end and for a quoted one. */
  peek(ahead = 0): string {
    const next = this.#characters[this.#at + ahead];
    return next && !next.isQuoted ? next.char : '';
  }

  isNext(word: string): boolean {
    return [...word].every((char, i) => this.peek(i) === char);
  }

  /** Takes this word if it comes next. */
  take(word: string): boolean {
    if (!this.isNext(word)) return false;
    this.#at += [...word].length;
    return true;
  }

  next(): Character {
    const next = this.#characters[this.#at];
    if (!next) throw this.error('unexpected end of the expression');
    this.#at++;
    return next;
  }

  /** Takes the text that a sticky expression matches here. */
  takeMatch(expression: RegExp, expected: string): string {
    let ahead = '';
    for (let i = 0; this.peek(i) !== ''; i++) ahead += this.peek(i);
    expression.lastIndex = 0;
    const match = expression.exec(ahead)?.[0];
    if (match === undefined) throw this.error(`expected ${expected}`);
    this.#at += [...match].length;
    return match;
  }

  /** Takes blanks and a comment up to the line's end, for the flag x. Returns whether there was one. */
  skipComment(): boolean {
    const from = this.#at;
    while (/^[ \t\n\r\f\v]$/.test(this.peek())) this.#at++;
    if (this.peek() === '#') while (this.peek() !== '' && this.peek() !== '\n') this.#at++;
    return this.#at > from;
  }

  /** Takes a quantifier, such as `*`, `{2,3}?` or `++`; empty if there is none. */
  quantifier(): string {
    const first = this.peek();
    let found = '';
    if (first === '{') found = this.takeMatch(/\{\d+(?:,\d*)?\}/y, 'a repetition such as {2,3}');
    else if (/^[*+?]$/.test(first)) found = this.next().char;
    else return '';
    const [min = 0, max = Number.POSITIVE_INFINITY] = found.slice(1, -1).split(',').filter(Boolean).map(Number);
    if (found.startsWith('{') && min > max) throw this.error('illegal repetition range');
    if (this.peek() === '+') throw this.error('a possessive quantifier is not supported');
    return this.take('?') ? `${found}?` : found;
  }
}
