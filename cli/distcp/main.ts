/** `hadoop distcp`: copies trees between file systems, as a job. */
import type { Configuration } from '../../conf/configuration.ts';
import {
  ACLS_NOT_SUPPORTED,
  DUPLICATE_FILE,
  INVALID_INPUT,
  XATTRS_NOT_SUPPORTED,
} from '../../mapreduce/distcp/failures.ts';
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { logLine } from '../../runtime/format.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { withJobProgress } from '../jobs/with-job-progress.ts';
import { GENERIC_USAGE } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';
import { type DistCpArguments, parseDistCp } from './arguments.ts';
import { DISTCP_USAGE } from './usage.ts';

const LOGGER = 'tools.DistCp';

/** Hadoop's DistCpConstants, as a shell sees them: -1, -2, -3, -4 and -999. */
export const ExitStatus = {
  SUCCESS: 0,
  INVALID_ARGUMENT: 255,
  DUPLICATE_INPUT: 254,
  ACLS_NOT_SUPPORTED: 253,
  XATTRS_NOT_SUPPORTED: 252,
  UNKNOWN_ERROR: 25,
} as const;

/** Failures with a status of their own. */
const FAILURES: Readonly<Record<string, readonly [status: number, message: string]>> = {
  [INVALID_INPUT]: [ExitStatus.INVALID_ARGUMENT, 'Invalid input: '],
  [DUPLICATE_FILE]: [ExitStatus.DUPLICATE_INPUT, 'Duplicate files in input path: '],
  [ACLS_NOT_SUPPORTED]: [ExitStatus.ACLS_NOT_SUPPORTED, 'ACLs not supported on at least one file system: '],
  [XATTRS_NOT_SUPPORTED]: [ExitStatus.XATTRS_NOT_SUPPORTED, 'XAttrs not supported on at least one file system: '],
};

const log = (level: 'INFO' | 'WARN' | 'ERROR', logger: string, message: string): string =>
  logLine(new Date(systemClock.now()), level, logger, message);

/** Runs the command line. @returns exit status */
export async function distCpMain(args: readonly string[]): Promise<number> {
  const tool = { name: 'distcp', usage: DISTCP_USAGE, usageExitCode: ExitStatus.INVALID_ARGUMENT };
  return await runTool({ ...tool, failureExitCode: ExitStatus.UNKNOWN_ERROR }, args, (conf, words) =>
    withJobProgress(({ out = print, err = complain, onProgress }) => runCopy(conf, words, { out, err, onProgress })),
  );
}

export interface CopyConsole {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly onProgress?: ((status: JobStatus) => void) | undefined;
}

/** Runs `distcp WORDS…`. @returns exit status */
export async function runCopy(conf: Configuration, words: readonly string[], console: CopyConsole): Promise<number> {
  const { out, err, onProgress } = console;
  const [first] = words;
  if (first === undefined || (words.length === 1 && ['-h', '-help', '--help'].includes(first))) {
    for (const line of [...DISTCP_USAGE, '', ...GENERIC_USAGE]) out(line);
    return first === undefined ? ExitStatus.INVALID_ARGUMENT : ExitStatus.SUCCESS;
  }
  const invalid = (message: string): number => {
    err(`Invalid arguments: ${message}`);
    for (const line of DISTCP_USAGE) out(line);
    return ExitStatus.INVALID_ARGUMENT;
  };
  let given: DistCpArguments;
  try {
    given = parseDistCp(words);
  } catch (e) {
    if (!(e instanceof HadoopError || e instanceof UsageError)) throw e;
    return e instanceof HadoopError && FAILURES[e.javaClass] ? failed(e, err) : invalid(e.message);
  }
  for (const warning of given.warnings) err(log('WARN', 'tools.OptionsParser', warning));
  const { DistCpClient } = await import('./distcp-client.ts');
  const client = new DistCpClient(conf, given.options, {
    print: out,
    log: (logger, message) => err(log('INFO', logger, message)),
    ...(onProgress ? { onProgress } : {}),
  });
  try {
    await client.findTarget();
  } catch (e) {
    await client.close();
    if (!(e instanceof HadoopError)) throw e;
    return invalid(e.message);
  }
  try {
    await client.run();
    return ExitStatus.SUCCESS;
  } catch (e) {
    return failed(HadoopError.from(e), err);
  } finally {
    await client.close();
  }
}

function failed(failure: HadoopError, err: (line: string) => void): number {
  const [status, message] = FAILURES[failure.javaClass] ?? [ExitStatus.UNKNOWN_ERROR, 'Exception encountered '];
  err(log('ERROR', LOGGER, message));
  err(`${failure.javaClass}: ${failure.message}`);
  return status;
}
