/** Command lines that a command does not take: one error for all programs, and one place that prints it. */
import type { Print } from '../terminal/terminal.ts';

/** Hadoop's -1, as a shell sees it. */
export const USAGE_EXIT_CODE = 255;

/** Thrown for a command line that does not fit the command. An empty message asks for the usage alone. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Lines that explain the usage; undefined leaves them to the command. */
  readonly usage: readonly string[] | undefined;

  constructor(message = '', usage?: readonly string[]) {
    super(message);
    this.usage = usage;
  }
}

/** The form in which a command prints its usage errors. */
export interface UsageReport {
  /** Stands before each line of the message, such as `-ls`. */
  readonly prefix: string;
  /** Printed after the message, if the error has no usage of its own. */
  readonly usage: readonly string[];
  readonly err: Print;
  /** Default: USAGE_EXIT_CODE. */
  readonly exitCode?: number | undefined;
}

/** Prints `PREFIX: MESSAGE` and the usage. @returns the exit status */
export function refuseUsage(error: UsageError, report: UsageReport): number {
  const { prefix, err, exitCode = USAGE_EXIT_CODE } = report;
  if (error.message !== '') for (const line of error.message.split('\n')) err(`${prefix}: ${line}`);
  for (const line of error.usage ?? report.usage) err(line);
  return exitCode;
}
