/** The modes of -chmod: `755`, `1777`, `u+x,g-w`, `a=rX`, `+t`. Pure. */
type Operator = '+' | '-' | '=';

/** A change of one group of three bits. */
interface Change {
  operator: Operator;
  bits: number;
  /** Whether the letter is X: it sets x only on directories and on files with an x. */
  conditionalX: boolean;
}

/** A parsed mode. */
export interface Mode {
  /** Returns the new permission of a file that has `permission`. */
  apply(permission: number, isDirectory: boolean): number;
}

const OCTAL = /^\s*[+]?([01]?)([0-7]{3})\s*$/;
const SYMBOLIC = /\s*([ugoa]*)([+=-]+)([rwxXt]+)([,\s]*)\s*/y;
const BITS: Record<string, number> = { r: 4, w: 2, x: 1 };

/** Returns undefined for a text that is no mode. As in Hadoop, a later clause for the same users replaces an earlier one. */
export function parseMode(text: string): Mode | undefined {
  const octal = OCTAL.exec(text);
  if (octal) {
    const permission = Number.parseInt(`${octal[1] || '0'}${octal[2]}`, 8);
    return { apply: () => permission };
  }
  return parseSymbolic(text);
}

function parseSymbolic(text: string): Mode | undefined {
  const none = (): Change => ({ operator: '+', bits: 0, conditionalX: false });
  const users = { u: none(), g: none(), o: none() };
  let sticky = none();
  let end = 0;
  let separated = true;
  do {
    SYMBOLIC.lastIndex = end;
    const match = SYMBOLIC.exec(text);
    if (!match || !separated) return undefined;
    const [, who = '', operators = '', letters = '', separator = ''] = match;
    const operator = operators.at(-1) as Operator;
    const bits = [...letters].reduce((sum, letter) => sum | (BITS[letter] ?? 0), 0);
    const change = { operator, bits, conditionalX: letters.includes('X') };
    const named = (['u', 'g', 'o'] as const).filter((user) => who.includes(user));
    const affected = named.length > 0 ? named : (['u', 'g', 'o'] as const);
    for (const user of affected) users[user] = change;
    if (affected.includes('o')) sticky = { operator, bits: letters.includes('t') ? 1 : 0, conditionalX: false };
    separated = separator.includes(',');
    end = SYMBOLIC.lastIndex;
  } while (end < text.length);
  return {
    apply(permission, isDirectory) {
      const mayExecute = isDirectory || (permission & 0o111) !== 0;
      return (
        (combine(sticky, permission >> 9, false) << 9) |
        (combine(users.u, (permission >> 6) & 7, mayExecute) << 6) |
        (combine(users.g, (permission >> 3) & 7, mayExecute) << 3) |
        combine(users.o, permission & 7, mayExecute)
      );
    },
  };
}

function combine({ operator, bits, conditionalX }: Change, existing: number, mayExecute: boolean): number {
  const wanted = conditionalX ? bits | 1 : bits;
  const result = operator === '+' ? wanted | existing : operator === '-' ? ~wanted & existing : wanted;
  const dropsX = conditionalX && !mayExecute && (existing & 1) === 0;
  return (dropsX ? result & ~1 : result) & 0xff;
}
