/** Programs whose first word names a command: `dfsadmin -report`, `mapred job -list`, `getconf -namenodes`. */
import { notSupportedText, type ProgramName, whyNotSupported } from './not-supported.ts';
import { UsageError } from './usage-error.ts';

/** Fewest and most arguments that may follow the first word. */
export interface WordCommand {
  readonly args: readonly [fewest: number, most: number];
}

/** A command of Hadoop that Calf does not have. */
export class NotSupportedError extends Error {
  override readonly name = 'NotSupportedError';
}

/**
 * Returns the command that a word names, with a fitting number of arguments; undefined for an unknown word.
 * @throws NotSupportedError for a command of Hadoop that Calf does not have
 * @throws UsageError for too few or too many arguments
 */
export function commandOf<C extends WordCommand>(
  program: ProgramName,
  table: Readonly<Record<string, C>>,
  [word = '', ...args]: readonly string[],
): C | undefined {
  const reason = whyNotSupported(program, word);
  if (reason !== undefined) throw new NotSupportedError(notSupportedText(reason));
  const command = Object.hasOwn(table, word) ? table[word] : undefined;
  if (command && (args.length < command.args[0] || args.length > command.args[1])) throw new UsageError();
  return command;
}
