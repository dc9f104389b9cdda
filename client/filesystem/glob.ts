/** Hadoop's glob syntax: `?`, `*`, `[abc]`, `[a-b]`, `[^a]`, `{ab,c{d,e}}`, and `\` before a plain character. */
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import { GlobProgram } from './glob-program.ts';

/** The pattern of one path component. */
export interface ComponentGlob {
  /** False if the component is a plain name, which is then `name`. */
  readonly hasPattern: boolean;
  /** The component without its backslashes. */
  readonly name: string;
  matches(name: string): boolean;
}

/** Characters that are escaped inside a character class. */
const REGEX_SPECIAL = new Set(['.', '$', '(', ')', '|', '+']);

/** @throws IOException for an unclosed class or group, or a backslash at the end */
export function componentGlob(glob: string): ComponentGlob {
  const name = glob.replace(/\\(.)/gs, '$1');
  if (!/[*?[\]{}\\]/.test(glob)) return { hasPattern: false, name, matches: (other) => other === name };
  const { program, hasPattern } = compiled(glob);
  if (!hasPattern) return { hasPattern: false, name, matches: (other) => other === name };
  return { hasPattern, name, matches: (other) => program.matches(other) };
}

function illegal(message: string, glob: string, cause?: unknown) {
  return hadoopError('IOException', `Illegal file pattern: ${message} near ${glob}`, cause);
}

/** @throws IOException */
function compiled(glob: string): { program: GlobProgram; hasPattern: boolean } {
  const program = new GlobProgram();
  let hasPattern = false;
  for (let i = 0; i < glob.length; i++) {
    const c = glob.charAt(i);
    if (c === '\\') {
      if (++i >= glob.length) throw illegal(`Missing escaped character at pos ${i}`, glob);
      program.character(glob.charAt(i));
    } else if (c === '[') {
      const { set, end } = characterSet(glob, i);
      program.characterOf(set);
      i = end;
      hasPattern = true;
    } else if (c === '*' || c === '?' || c === '{') {
      if (c === '*') program.anyText();
      else if (c === '?') program.anyCharacter();
      else program.openGroup();
      hasPattern = true;
    } else if (c === ',' && program.isInGroup) program.nextAlternative();
    else if (c === '}' && program.isInGroup) program.closeGroup();
    else program.character(c);
  }
  if (program.isInGroup) throw illegal(`Unclosed group at pos ${glob.length}`, glob);
  return { program, hasPattern };
}

/** Reads the character class that begins at `start`. Its text is that of a regular expression, but for `!`. */
function characterSet(glob: string, start: number): { set: RegExp; end: number } {
  let source = '';
  for (let i = start + 1; i < glob.length; i++) {
    const c = glob.charAt(i);
    if (c === '[') throw illegal(`Unclosed character class at pos ${i}`, glob);
    if (c === ']') return { set: singleCharacter(source, glob), end: i };
    if (c === '\\') {
      if (++i >= glob.length) throw illegal(`Missing escaped character at pos ${i}`, glob);
      source += escapeRegex(glob.charAt(i));
    } else if (c === '!' && i === start + 1) source += '^';
    else source += REGEX_SPECIAL.has(c) ? `\\${c}` : c;
  }
  throw illegal(`Unclosed character class at pos ${glob.length}`, glob);
}

function singleCharacter(source: string, glob: string): RegExp {
  try {
    return new RegExp(`^[${source}]$`, 's');
  } catch (e) {
    throw illegal(messageOf(e), glob, e);
  }
}

function escapeRegex(c: string): string {
  return /[\^$\\.*+?()[\]{}|\-/]/.test(c) ? `\\${c}` : c;
}

/**
 * Expands braces that hold a slash, so that the components of each result can be matched one by one:
 * `{a/b,c/d}{e,f}` gives `a/b{e,f}` and `c/d{e,f}`; `{a,b}` stays.
 */
export function expandBraces(pattern: string): string[] {
  const result: string[] = [];
  const pending = [{ text: pattern, from: 0 }];
  for (let next = pending.shift(); next; next = pending.shift()) {
    const alternatives = expandLeftmost(next.text, next.from);
    if (alternatives) pending.unshift(...alternatives);
    else result.push(next.text);
  }
  return result;
}

function expandLeftmost(text: string, from: number): { text: string; from: number }[] | undefined {
  const open = leftmostBraceWithSlash(text, from);
  if (open < 0) return undefined;
  const prefix = text.slice(0, open);
  const alternatives: string[] = [];
  let alternative = '';
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\') alternative += c + text.charAt(++i);
    else if (c === '{' && depth++ === 0) alternative = '';
    else if (c === ',' && depth === 1) {
      alternatives.push(alternative);
      alternative = '';
    } else if (c === '}' && --depth === 0) {
      alternatives.push(alternative);
      const suffix = text.slice(i + 1);
      return alternatives.map((a) => ({ text: prefix + a + suffix, from: prefix.length }));
    } else alternative += c;
  }
  return undefined;
}

/** Returns the index at which the first outermost `{…/…}` at or after `from` opens, or -1. */
function leftmostBraceWithSlash(text: string, from: number): number {
  let depth = 0;
  let open = -1;
  let sawSlash = false;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') {
      if (++i >= text.length) throw illegal(`An escaped character does not present for glob at ${i}`, text);
    } else if (c === '{') {
      if (depth++ === 0) {
        open = i;
        sawSlash = false;
      }
    } else if (c === '}' && depth > 0) {
      if (--depth === 0 && sawSlash) return open;
    } else if (c === '/' && depth > 0) sawSlash = true;
  }
  return -1;
}
