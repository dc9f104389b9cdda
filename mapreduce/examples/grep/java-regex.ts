/** Translates Java's regular expressions (java.util.regex.Pattern) to JavaScript's with the flags `g` and `v`. */
import { takeClass, takeEscape } from './java-classes.ts';
import { type Pattern, RegexError, readPattern } from './pattern-text.ts';

/** Flags that hold from a place in the expression on: `(?i)`. */
interface Flags {
  /** Letters of any case are equal. */
  readonly i: boolean;
  /** `^` and `$` match at the line ends inside the text. */
  readonly m: boolean;
  /** `.` matches line ends. */
  readonly s: boolean;
  /** Only \n ends a line. */
  readonly d: boolean;
  /** Blanks and comments in the expression count for nothing. */
  readonly x: boolean;
}

const NO_FLAGS: Flags = { i: false, m: false, s: false, d: false, x: false };

/** A line end of Java: \n, \r\n, \r, U+0085, U+2028, U+2029. */
const LINE_ENDS = '\\n\\r\\u0085\\u2028\\u2029';

/** Escapes that JavaScript writes in another way, outside of a class. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  Z: `(?=(?:\\r\\n|[${LINE_ENDS}])?(?![\\s\\S]))`,
  R: `(?:\\r\\n|[\\n\\x0b\\f\\r\\u0085\\u2028\\u2029])`,
  a: '\\x07',
  e: '\\x1b',
  // Java has Unicode word borders here even though its \w is ASCII.
  b: '(?:(?<=[\\p{L}\\p{Nd}\\p{Mn}_])(?![\\p{L}\\p{Nd}\\p{Mn}_])|(?<![\\p{L}\\p{Nd}\\p{Mn}_])(?=[\\p{L}\\p{Nd}\\p{Mn}_]))',
};

const REFUSED: Readonly<Record<string, string>> = {
  G: '\\G, the end of the match before',
  X: '\\X, a grapheme cluster',
  N: '\\N{…}, a character by its name',
  C: '\\C',
};

/**
 * Returns an expression that finds the matches that Java finds, as far as JavaScript can express them.
 * @throws RegexError for an expression that is wrong, and for one that JavaScript can't express
 */
export function javaRegex(text: string): RegExp {
  const translator = new Translator(readPattern(text));
  const source = translator.translate();
  try {
    return new RegExp(source, 'gv');
  } catch (e) {
    throw new RegexError(text, 0, `JavaScript refuses its translation: ${e instanceof Error ? e.message : String(e)}`);
  }
}

class Translator {
  readonly #pattern: Pattern;
  #flags: Flags = NO_FLAGS;
  /** Number of groups that have been opened. */
  #groups = 0;
  /** Numbers of groups by their names. */
  readonly #names = new Map<string, number>();
  /** Groups that have matched wherever the text up to here has matched. */
  #matched = new Set<number>();

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
  }

  translate(): string {
    const source = this.#alternatives();
    if (!this.#pattern.isAtEnd) throw this.#pattern.error("unmatched ')'");
    return source;
  }

  /** Translates up to the end or to an unmatched `)`. Flags that are set inside end with it. */
  #alternatives(): string {
    const outer = this.#flags;
    const before = new Set(this.#matched);
    const inAll: Set<number>[] = [];
    let source = '';
    while (!this.#pattern.isAtEnd && !this.#pattern.isNext(')')) {
      if (this.#pattern.take('|')) {
        source += '|';
        inAll.push(this.#matched);
        this.#matched = new Set(before);
      } else source += this.#term();
    }
    this.#matched = new Set([...this.#matched].filter((group) => inAll.every((others) => others.has(group))));
    this.#flags = outer;
    return source;
  }

  #term(): string {
    this.#skipComments();
    if (this.#pattern.isAtEnd || /^[|)]$/.test(this.#pattern.peek())) return '';
    const before = new Set(this.#matched);
    const atom = this.#atom();
    if (atom === '') return '';
    this.#skipComments();
    const repetition = this.#pattern.quantifier();
    if (/^([*?]|\{0)/.test(repetition)) this.#matched = before;
    // A look-around may be repeated in Java, and not in JavaScript.
    return repetition !== '' && /^\(\?<?[=!]/.test(atom) ? `(?:${atom})${repetition}` : `${atom}${repetition}`;
  }

  #skipComments(): void {
    while (this.#flags.x && this.#pattern.skipComment());
  }

  #atom(): string {
    const { char, isQuoted } = this.#pattern.next();
    if (isQuoted) return this.#literal(char);
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return this.#withCase(takeClass(this.#pattern, this.#flags.x));
      case '\\':
        return this.#escape();
      case '.':
        if (this.#flags.s) return '[\\s\\S]';
        return this.#flags.d ? '[^\\n]' : `[^${LINE_ENDS}]`;
      case '^':
        return this.#begin();
      case '$':
        return this.#end();
      case '*':
      case '+':
      case '?':
        throw this.#pattern.error(`dangling meta character '${char}'`);
      case '{':
        throw this.#pattern.error('illegal repetition');
      default:
        return this.#literal(char);
    }
  }

  #begin(): string {
    if (!this.#flags.m) return '(?<![\\s\\S])';
    // Behind a line end, but not at the end of the text, and not within \r\n.
    const lineBegin = this.#flags.d ? '(?<=\\n)' : `(?<=[${LINE_ENDS}])(?<!\\r(?=\\n))`;
    return `(?:(?<![\\s\\S])|${lineBegin}(?=[\\s\\S]))`;
  }

  #end(): string {
    const ends = this.#flags.d ? '\\n' : `(?:\\r\\n|(?<!\\r)\\n|[\\r\\u0085\\u2028\\u2029])`;
    return this.#flags.m ? `(?=${ends}|(?![\\s\\S]))` : `(?=(?:${ends})?(?![\\s\\S]))`;
  }

  #group(): string {
    const pattern = this.#pattern;
    if (!pattern.take('?')) return this.#capture('(');
    for (const kind of [':', '=', '<=']) if (pattern.take(kind)) return `(?${kind}${this.#body()}`;
    for (const kind of ['!', '<!']) {
      if (!pattern.take(kind)) continue;
      const before = new Set(this.#matched);
      const source = `(?${kind}${this.#body()}`;
      this.#matched = before;
      return source;
    }
    if (pattern.isNext('>')) throw pattern.error('an atomic group (?>…) is not supported');
    if (!pattern.take('<')) return this.#inlineFlags();
    const name = pattern.takeMatch(/[a-zA-Z][a-zA-Z0-9]*>/y, 'a name of letters and digits and >').slice(0, -1);
    if (this.#names.has(name)) throw pattern.error(`named capturing group <${name}> is already defined`);
    this.#names.set(name, this.#groups + 1);
    return this.#capture(`(?<${name}>`);
  }

  #capture(begin: string): string {
    const number = ++this.#groups;
    const source = `${begin}${this.#body()}`;
    this.#matched.add(number);
    return source;
  }

  /** Translates the rest of a group, with its `)`. */
  #body(): string {
    const source = `${this.#alternatives()})`;
    if (!this.#pattern.take(')')) throw this.#pattern.error('unclosed group');
    return source;
  }

  #inlineFlags(): string {
    const pattern = this.#pattern;
    const text = pattern.takeMatch(/[a-zA-Z]*(?:-[a-zA-Z]*)?[:)]/y, 'flags, then : or )');
    const [on = '', off = ''] = text.slice(0, -1).split('-');
    const flags: Record<string, boolean> = { ...this.#flags };
    for (const [letters, value] of [[on, true] as const, [off, false] as const]) {
      for (const letter of letters) {
        // Without u, Java's i is for ASCII only, which is all that #withCase does.
        if (letter === 'u') throw pattern.error('the flag u, UNICODE_CASE, is not supported');
        if (letter === 'U') throw pattern.error('the flag U, UNICODE_CHARACTER_CLASS, is not supported');
        if (!(letter in NO_FLAGS)) throw pattern.error(`unknown inline modifier '${letter}'`);
        flags[letter] = value;
      }
    }
    const next = flags as unknown as Flags;
    if (text.endsWith(')')) {
      this.#flags = next;
      return '';
    }
    const outer = this.#flags;
    this.#flags = next;
    const source = `(?:${this.#body()}`;
    this.#flags = outer;
    return source;
  }

  #escape(): string {
    const pattern = this.#pattern;
    const escaped = pattern.peek();
    if (escaped === '') throw pattern.error('unexpected internal error: \\ at the end');
    if (Object.hasOwn(REFUSED, escaped)) throw pattern.error(`${REFUSED[escaped]} is not supported`);
    if (Object.hasOwn(ESCAPES, escaped)) {
      pattern.next();
      if (escaped === 'b' && pattern.isNext('{')) throw pattern.error('\\b{g} is not supported');
      return ESCAPES[escaped] ?? '';
    }
    if (escaped === 'B') {
      pattern.next();
      return `(?!${ESCAPES.b})`;
    }
    if (escaped === 'k') {
      pattern.next();
      const name = pattern.takeMatch(/<[a-zA-Z][a-zA-Z0-9]*>/y, '<, a name and >').slice(1, -1);
      const number = this.#names.get(name);
      if (number === undefined) throw pattern.error(`named capturing group <${name}> does not exist`);
      return this.#reference(number);
    }
    if (/[1-9]/.test(escaped)) return this.#reference(this.#number());
    if (!/[a-zA-Z]|0/.test(escaped)) return this.#literal(pattern.next().char);
    return this.#withCase(takeEscape(pattern));
  }

  /** Takes as many digits as there are groups for, as Java does; one digit always. */
  #number(): number {
    const pattern = this.#pattern;
    let number = Number(pattern.next().char);
    while (/\d/.test(pattern.peek()) && number * 10 + Number(pattern.peek()) <= this.#groups) {
      number = number * 10 + Number(pattern.next().char);
    }
    return number;
  }

  /** In JavaScript a group that has not matched equals the empty text; in Java it equals no text. */
  #reference(number: number): string {
    if (!this.#matched.has(number)) {
      throw this.#pattern.error(`\\${number}, a reference to a group that may not have matched, is not supported`);
    }
    if (this.#flags.i) throw this.#pattern.error('a reference to a group is not supported under the flag i');
    // In a group, so that a digit behind it is no part of the number.
    return `(?:\\${number})`;
  }

  #literal(char: string): string {
    return this.#withCase(escapeLiteral(char));
  }

  /** Under the flag i, gives a letter of ASCII in both cases, and classes with the letters of the other case. */
  #withCase(source: string): string {
    if (!this.#flags.i) return source;
    if (/^[a-zA-Z]$/.test(source)) return `[${source.toLowerCase()}${source.toUpperCase()}]`;
    if (!source.startsWith('[') || source === '[]') return source;
    return bothCases(source, this.#pattern);
  }
}

const escapeLiteral = (char: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);

/** Adds to a class the letters of ASCII whose other case it has. */
function bothCases(source: string, pattern: Pattern): string {
  let matches: RegExp;
  try {
    matches = new RegExp(`^${source}$`, 'v');
  } catch {
    throw pattern.error('the class is not supported under the flag i');
  }
  const isNegated = source.startsWith('[^');
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  if (isNegated) {
    // A negated class takes away both cases of a letter.
    const gone = letters.filter((c) => !matches.test(c) || !matches.test(c.toUpperCase()));
    return gone.length === 0 ? source : `[${source}--[${gone.join('')}${gone.join('').toUpperCase()}]]`;
  }
  const added = letters.filter((c) => matches.test(c) || matches.test(c.toUpperCase()));
  return added.length === 0 ? source : `[${source}${added.join('')}${added.join('').toUpperCase()}]`;
}
