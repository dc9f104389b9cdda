/** The form of the commands of `mapred job`. */
import type { Configuration } from '../../conf/configuration.ts';
import { isJobId } from '../../mapreduce/job/job-id.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import type { WordCommand } from '../options/first-word.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../terminal/terminal.ts';

/** The properties that a command has, and how it is to print. */
export interface Output {
  readonly conf: Configuration;
  /** `--json`, an option of Calf: the results are JSON. */
  readonly json: boolean;
}

export type Action = (service: JobService, args: readonly string[], output: Output) => Promise<number>;

export interface JobCommand extends WordCommand {
  readonly usage: string;
  readonly run: Action;
}

export const EXIT_SUCCESS = 0;
/** Hadoop's -1. */
export const EXIT_NOT_DONE = 255;

/** @throws UsageError after a message on standard output, as Hadoop's CLI */
export function refuseUnknown(what: string, word: string, known: readonly string[], typed: string): void {
  if (known.includes(word)) return;
  print(`Error: Invalid ${what}: ${typed}`);
  throw new UsageError();
}

/** Returns an action on a job, which fails as Hadoop's if there is no such job. */
export function onJob(
  action: (service: JobService, status: JobStatus, args: readonly string[], output: Output) => Promise<number>,
): Action {
  return async (service, [jobId = '', ...rest], output) => {
    if (!isJobId(jobId)) throw new UsageError(`JobId string : ${jobId} is not properly formed`);
    const status = await service.status(jobId);
    if (status) return action(service, status, rest, output);
    print(`Could not find job ${jobId}`);
    return EXIT_NOT_DONE;
  };
}
