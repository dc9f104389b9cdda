import { Counters, formatCounters } from './counters.ts';
import type { JobStatus, TaskError, TaskFailure } from './messages.ts';

/** What the job client prints, in Hadoop's words. */

/** As log4j's `%d{ISO8601} %p %c{2}: %m`. */
export function logLine(date: Date, level: 'INFO' | 'WARN' | 'ERROR', logger: string, message: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')} ${level} ${logger}: ${message}`;
}

const percent = (progress: number): number => Math.floor(progress * 100 + 1e-9);

export const progressLine = (status: JobStatus): string =>
  ` map ${percent(status.mapProgress)}% reduce ${percent(status.reduceProgress)}%`;

/** A task's own error, with the place in the input. */
export function formatTaskError({ message, stack, record, key }: TaskError): string {
  const lines = [`Error: ${message}`];
  if (stack) lines.push(stack);
  if (record) {
    lines.push(
      `  while mapping ${record.path || 'the record'} at offset ${record.offset}: ${JSON.stringify(record.text)}`,
    );
  }
  if (key !== undefined) lines.push(`  while reducing the key ${JSON.stringify(key)}`);
  return lines.join('\n');
}

/** As Hadoop shows an attempt that failed. */
export function formatFailure({ attemptId, error }: TaskFailure): string {
  return `Task Id : ${attemptId}, Status : FAILED\n${formatTaskError(error)}`;
}

/** The messages of the job client for what has changed between two states of a job, and whether the job is over. */
export class JobReporter {
  #progress = '';
  #failures = 0;
  #started = false;

  /** Messages of the logger mapreduce.Job, in order. */
  update(status: JobStatus): string[] {
    const messages: string[] = [];
    const over = status.state !== 'PREP' && status.state !== 'RUNNING';
    if (!this.#started && status.state !== 'PREP') {
      this.#started = true;
      messages.push(`Job ${status.jobId} running in uber mode : false`);
    }
    const progress = progressLine(status);
    if (this.#started && progress !== this.#progress) {
      messages.push(progress);
      this.#progress = progress;
    }
    messages.push(...status.failures.slice(this.#failures).map(formatFailure));
    this.#failures = status.failures.length;
    if (over) messages.push(...this.#end(status));
    return messages;
  }

  #end(status: JobStatus): string[] {
    const { jobId, state, failureInfo } = status;
    const end =
      state === 'SUCCEEDED'
        ? `Job ${jobId} completed successfully`
        : `Job ${jobId} failed with state ${state} due to: ${failureInfo}`;
    const counters = Counters.fromJson(status.counters);
    return counters.rows().length > 0 ? [end, formatCounters(counters)] : [end];
  }
}
