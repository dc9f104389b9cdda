/** The umask of new files. */
import { hadoopError } from '../../runtime/errors.ts';

const WHO = { u: 0o700, g: 0o070, o: 0o007, a: 0o777 } as const;
const RIGHTS = { r: 0o444, w: 0o222, x: 0o111 } as const;

/**
 * Parses fs.permissions.umask-mode, octal (`022`) or symbolic (`u=rwx,g=rx,o=`). Returns the bits that new files don't get.
 * @throws IllegalArgumentException
 */
export function parseUmask(text: string): number {
  if (/^[01]?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8) & 0o777;
  let granted = 0o777;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([=+-])([rwx]*)$/.exec(clause);
    if (!match)
      throw hadoopError(
        'IllegalArgumentException',
        `Unable to parse configuration fs.permissions.umask-mode with value ${text} as octal or symbolic umask.`,
      );
    const [, who = '', operator, rights = ''] = match;
    const places = [...(who || 'a')].reduce((bits, w) => bits | WHO[w as keyof typeof WHO], 0);
    const bits = [...rights].reduce((sum, r) => sum | RIGHTS[r as keyof typeof RIGHTS], 0) & places;
    if (operator === '=') granted = (granted & ~places) | bits;
    else granted = operator === '+' ? granted | bits : granted & ~bits;
  }
  return ~granted & 0o777;
}
