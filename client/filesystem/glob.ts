/** Hadoop's glob syntax: `?`, `*`, `[abc]`, `[a-b]`, `[^a]`, `{ab,c{d,e}}`, and `\` before a plain character. */
import { hadoopError, messageOf } from '../../runtime/errors.ts';

/** The pattern of one path component. */
export interface ComponentGlob {
  /** False if the component is a plain name, which is then `name`. */
  readonly hasPattern: boolean;
  /** The component without its backslashes. */
  readonly name: string;
  matches(name: string): boolean;
}

const REGEX_SPECIAL = new Set(['.', '$', '(', ')', '|', '+']);

/** @throws IOException for an unclosed class or group, or a backslash at the end */
export function componentGlob(glob: string): ComponentGlob {
  const name = glob.replace(/\\(.)/gs, '$1');
  if (!/[*?[\]{}\\]/.test(glob)) return { hasPattern: false, name, matches: (other) => other === name };
  const { source, hasPattern } = regexSource(glob);
  if (!hasPattern) return { hasPattern: false, name, matches: (other) => other === name };
  let regex: RegExp;
  try {
    regex = new RegExp(`^(?:${source})$`, 's');
  } catch (e) {
    throw illegal(messageOf(e), glob, e);
  }
  return { hasPattern, name, matches: (other) => regex.test(other) };
}

function illegal(message: string, glob: string, cause?: unknown) {
  return hadoopError('IOException', `Illegal file pattern: ${message} near ${glob}`, cause);
}

function regexSource(glob: string): { source: string; hasPattern: boolean } {
  let source = '';
  let setOpen = false;
  let groupsOpen = 0;
  let hasPattern = false;
  for (let i = 0; i < glob.length; i++) {
    const c = glob.charAt(i);
    switch (c) {
      case '\\': {
        if (++i >= glob.length) throw illegal(`Missing escaped character at pos ${i}`, glob);
        source += escapeRegex(glob.charAt(i));
        break;
      }
      case '*':
        source += setOpen ? '*' : '.*';
        hasPattern = true;
        break;
      case '?':
        source += setOpen ? '?' : '.';
        hasPattern = true;
        break;
      case '{':
        source += setOpen ? '{' : '(?:';
        if (!setOpen) groupsOpen++;
        hasPattern = true;
        break;
      case ',':
        source += groupsOpen > 0 && !setOpen ? '|' : ',';
        break;
      case '}':
        if (groupsOpen > 0 && !setOpen) {
          groupsOpen--;
          source += ')';
        } else source += '\\}';
        break;
      case '[':
        if (setOpen) throw illegal(`Unclosed character class at pos ${i}`, glob);
        setOpen = true;
        hasPattern = true;
        source += '[';
        break;
      case '!':
        source += setOpen && glob[i - 1] === '[' ? '^' : '!';
        break;
      case '^':
        source += setOpen ? '^' : '\\^';
        break;
      case ']':
        source += setOpen ? ']' : '\\]';
        setOpen = false;
        break;
      default:
        source += REGEX_SPECIAL.has(c) ? `\\${c}` : c;
    }
  }
  if (setOpen) throw illegal(`Unclosed character class at pos ${glob.length}`, glob);
  if (groupsOpen > 0) throw illegal(`Unclosed group at pos ${glob.length}`, glob);
  return { source, hasPattern };
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
