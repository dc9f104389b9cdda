/** Translates Java's character classes, and the escapes that mean one character or one class. */
import type { Pattern } from './pattern-text.ts';

/** Escapes of one letter. JavaScript's \s and \v are other sets than Java's. */
const LETTERS: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[a-zA-Z_0-9]',
  W: '[^a-zA-Z_0-9]',
  s: '[ \\t\\n\\x0b\\f\\r]',
  S: '[^ \\t\\n\\x0b\\f\\r]',
  h: '[ \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  H: '[^ \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  v: '[\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  V: '[^\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
  a: '\\x07',
  e: '\\x1b',
};

/** Java's names of sets of ASCII. */
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`\\{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\x0b\\f\\r',
  L1: '\\x00-\\xff',
  all: '\\x00-\\u{10ffff}',
  LC: '\\p{Lu}\\p{Ll}\\p{Lt}',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaIdeographic: '\\p{Ideographic}',
  javaTitleCase: '\\p{Lt}',
  javaDigit: '\\p{Nd}',
  javaLetter: '\\p{L}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
  javaSpaceChar: '\\p{Z}',
  javaISOControl: '\\x00-\\x1f\\x7f-\\x9f',
};

/** Names behind `Is` that are Unicode's binary properties, and their names in JavaScript. */
const BINARY: Readonly<Record<string, string>> = {
  alphabetic: '\\p{Alphabetic}',
  ideographic: '\\p{Ideographic}',
  letter: '\\p{L}',
  lowercase: '\\p{Lowercase}',
  uppercase: '\\p{Uppercase}',
  titlecase: '\\p{Lt}',
  punctuation: '\\p{P}',
  control: '\\p{Cc}',
  white_space: '\\p{White_Space}',
  whitespace: '\\p{White_Space}',
  digit: '\\p{Nd}',
  hex_digit: '\\p{Hex_Digit}',
  join_control: '\\p{Join_Control}',
  noncharacter_code_point: '\\p{Noncharacter_Code_Point}',
  assigned: '\\P{Cn}',
  emoji: '\\p{Emoji}',
};

/** Writes one character for the inside of a class of the flag v. */
export function classCharacter(char: string): string {
  if (/^[a-zA-Z0-9 "'_]$/.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  return code > 0x20 && code < 0x7f ? `\\${char}` : `\\u{${code.toString(16)}}`;
}

/** Takes the rest of an escape behind its backslash: `d`, `x41`, `p{Lu}`. Returns a class or a character. */
export function takeEscape(pattern: Pattern): string {
  const { char } = pattern.next();
  const known = Object.hasOwn(LETTERS, char) ? LETTERS[char] : undefined;
  if (known !== undefined) return known;
  switch (char) {
    case 'p':
    case 'P':
      return property(pattern, char === 'P');
    case 'x': {
      if (!pattern.isNext('{')) return code(pattern.takeMatch(/[0-9a-fA-F]{2}/y, 'two hexadecimal digits'), 16);
      return code(pattern.takeMatch(/\{[0-9a-fA-F]{1,6}\}/y, 'a code point').slice(1, -1), 16);
    }
    case 'u':
      return unicode(pattern);
    case '0':
      return code(pattern.takeMatch(/[0-3]?[0-7]{1,2}/y, 'octal digits'), 8);
    case 'c':
      return code(String((pattern.next().char.codePointAt(0) ?? 0) ^ 64), 10);
  }
  if (/[a-zA-Z0-9]/.test(char)) throw pattern.error(`illegal/unsupported escape sequence \\${char}`);
  return classCharacter(char);
}

const code = (digits: string, base: number): string => `\\u{${Number.parseInt(digits, base).toString(16)}}`;

/** Two escapes of surrogates are one character. */
function unicode(pattern: Pattern): string {
  const digits = (): string => pattern.takeMatch(/[0-9a-fA-F]{4}/y, 'four hexadecimal digits');
  const high = Number.parseInt(digits(), 16);
  const isPair = high >= 0xd800 && high < 0xdc00 && pattern.isNext('\\u');
  if (!isPair) return code(String(high), 10);
  pattern.take('\\u');
  return code(String(String.fromCharCode(high, Number.parseInt(digits(), 16)).codePointAt(0)), 10);
}

function property(pattern: Pattern, isNegated: boolean): string {
  const name = pattern.isNext('{')
    ? pattern.takeMatch(/\{[^}]+\}/y, 'the name of a property and }').slice(1, -1)
    : pattern.next().char;
  const set = propertySet(name);
  // The name is checked here, so that the message shows its place.
  try {
    new RegExp(`[${set}]`, 'v');
  } catch {
    throw pattern.error(`unknown character property name {${name}}`);
  }
  return isNegated ? `[^${set}]` : `[${set}]`;
}

function propertySet(name: string): string {
  const posix = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  if (posix !== undefined) return posix;
  const [kind = '', value] = name.split('=');
  if (value !== undefined) {
    if (/^(sc|script)$/i.test(kind)) return `\\p{Script=${scriptName(value)}}`;
    if (/^(gc|general_category)$/i.test(kind)) return `\\p{${value}}`;
    return '\\p{}';
  }
  if (name.startsWith('Is')) {
    const rest = name.slice(2);
    const binary = Object.hasOwn(BINARY, rest.toLowerCase()) ? BINARY[rest.toLowerCase()] : undefined;
    if (binary !== undefined) return binary;
    return rest.length <= 2 ? `\\p{${rest}}` : `\\p{Script=${scriptName(rest)}}`;
  }
  // Blocks, as in \p{InGreek}, are unknown to JavaScript.
  return /^[A-Z][a-z]?$/.test(name) ? `\\p{${name}}` : '\\p{}';
}

/** Java takes the names of scripts in any case. */
const scriptName = (name: string): string => {
  const words = name.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
  return words.join('_');
};

/** Takes the rest of a class behind its `[`. */
export function takeClass(pattern: Pattern, hasComments: boolean): string {
  const isNegated = pattern.take('^');
  const operands: string[] = [];
  let union = '';
  let isEmpty = true;
  const skip = (): void => {
    while (hasComments && pattern.skipComment());
  };
  for (skip(); isEmpty || !pattern.isNext(']'); skip()) {
    if (pattern.isAtEnd) throw pattern.error('unclosed character class');
    if (!isEmpty && pattern.take('&&')) {
      operands.push(`[${union}]`);
      union = '';
      // Java takes further & as part of the operator.
      while (pattern.take('&'));
      skip();
      if (pattern.isNext(']')) throw pattern.error('bad class syntax');
      continue;
    }
    isEmpty = false;
    union += item(pattern, hasComments);
  }
  pattern.take(']');
  operands.push(`[${union}]`);
  const inside = operands.length === 1 ? union : operands.join('&&');
  return `[${isNegated ? '^' : ''}${inside}]`;
}

/** Takes a nested class, a range or a character. */
function item(pattern: Pattern, hasComments: boolean): string {
  if (pattern.take('[')) return takeClass(pattern, hasComments);
  const first = single(pattern);
  if (first.startsWith('[')) return first;
  const isRange = pattern.isNext('-') && !['', ']', '['].includes(pattern.peek(1)) && !pattern.isNext('-&&');
  if (!isRange) return first;
  pattern.take('-');
  const last = single(pattern);
  if (last.startsWith('[') || numberOf(last) < numberOf(first)) throw pattern.error('illegal character range');
  return `${first}-${last}`;
}

function single(pattern: Pattern): string {
  if (pattern.take('\\')) return takeEscape(pattern);
  return classCharacter(pattern.next().char);
}

/** Returns the code point of a translated character, such as `a`, `\-`, `\n` or `\u{41}`. */
function numberOf(source: string): number {
  const hex = /^\\(?:u\{|x)([0-9a-f]+)\}?$/.exec(source)?.[1];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  const named: Readonly<Record<string, number>> = { '\\t': 9, '\\n': 10, '\\f': 12, '\\r': 13 };
  return named[source] ?? source.codePointAt(source.length - 1) ?? 0;
}
