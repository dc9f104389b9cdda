/** The expressions of -find: -name, -iname, -print, -print0, joined by -a, -and or nothing. Pure. */
import { componentGlob } from '../../../client/filesystem/glob.ts';

/** A path that an expression looks at. */
export interface FindItem {
  /** The last name of the path. */
  readonly name: string;
  /** The path in its printed form. */
  readonly text: string;
}

/** Returns whether an item passes. Actions print with `print`. */
export type Expression = (item: FindItem, print: (text: string) => void) => boolean;

type Fail = (message: string) => Error;

const AND = new Set(['-a', '-and']);
const ACTIONS: Record<string, string> = { '-print': '\n', '-print0': '\0' };

/** Parses an expression. One without an action gets a -print at its end. @throws an error of `fail` */
export function parseExpression(args: readonly string[], fail: Fail): Expression {
  const rest = [...args];
  const terms = parseTerms(rest, fail);
  if (rest.length > 0) throw fail(`Unexpected argument: ${rest[0]}`);
  const hasAction = args.some((arg, i) => arg in ACTIONS && !isPattern(args[i - 1]));
  const all = hasAction ? terms : [...terms, printing('\n')];
  return (item, print) => all.every((term) => term(item, print));
}

const isPattern = (previous: string | undefined): boolean => previous === '-name' || previous === '-iname';

function parseTerms(rest: string[], fail: Fail): Expression[] {
  const terms: Expression[] = [];
  let joins = false;
  while (rest.length > 0) {
    const arg = rest.shift() ?? '';
    if (arg === ')') break;
    if (AND.has(arg)) {
      if (joins || terms.length === 0) throw fail(`Unexpected argument: ${arg}`);
      joins = true;
      continue;
    }
    terms.push(parseTerm(arg, rest, fail));
    joins = false;
  }
  if (joins) throw fail('Missing expression after -a');
  return terms;
}

function parseTerm(arg: string, rest: string[], fail: Fail): Expression {
  const suffix = ACTIONS[arg];
  if (suffix !== undefined) return printing(suffix);
  if (arg === '(') {
    const terms = parseTerms(rest, fail);
    return (item, print) => terms.every((term) => term(item, print));
  }
  if (arg === '-name' || arg === '-iname') {
    const pattern = rest.shift();
    if (pattern === undefined) throw fail(`Missing argument of ${arg}`);
    return matching(pattern, arg === '-iname');
  }
  throw fail(`Unexpected argument: ${arg}`);
}

function printing(suffix: string): Expression {
  return (item, print) => {
    print(item.text + suffix);
    return true;
  };
}

function matching(pattern: string, ignoresCase: boolean): Expression {
  const glob = componentGlob(ignoresCase ? pattern.toLowerCase() : pattern);
  return ({ name }) => glob.matches(ignoresCase ? name.toLowerCase() : name);
}
