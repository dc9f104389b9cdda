/** Failures of streaming tasks, in the words of Hadoop's Java classes. */
import { errorCode, HadoopError } from '../../runtime/errors.ts';

/** Returns a failure without a stack: the frames of this program say nothing to the author of an executable. */
export function taskFailure(javaClass: string, message: string, cause?: unknown): HadoopError {
  const failure = new HadoopError(javaClass, message, cause);
  failure.stack = '';
  return failure;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'error=2, No such file or directory',
  EACCES: 'error=13, Permission denied',
  E2BIG: 'error=7, Argument list too long',
};

/** Returns the failure of a program that can't be started, as PipeMapRed and Java's ProcessBuilder word it. */
export function startFailure(program: string, e: Error): HadoopError {
  const reason = REASONS[errorCode(e) ?? ''] ?? e.message;
  return taskFailure(
    'java.lang.RuntimeException',
    `configuration exception: java.io.IOException: Cannot run program "${program}": ${reason}`,
    e,
  );
}

/** Returns the failure of an executable that has ended with this status. */
export function statusFailure(status: number, lastLines: readonly string[]): HadoopError {
  return taskFailure(
    'java.lang.RuntimeException',
    `PipeMapRed.waitOutputThreads(): subprocess failed with code ${status}${tailOf(lastLines)}`,
  );
}

/** Returns the failure of an executable that has closed its input before all of it was written. */
export function closedInputFailure(lastLines: readonly string[]): HadoopError {
  return taskFailure('java.io.IOException', `Broken pipe${tailOf(lastLines)}`);
}

const tailOf = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\nThe last lines of its standard error:\n${lines.join('\n')}`;
