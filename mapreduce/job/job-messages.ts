/** The messages that the job client prints about a job, in Hadoop's words. */
import { Counters, formatCounters } from './counters.ts';
import type { JobStatus, TaskError, TaskFailure } from './messages.ts';
import { skewLines } from './shuffle-messages.ts';

const percent = (progress: number): number => Math.floor(progress * 100 + 1e-9);

const progressLine = (status: JobStatus): string =>
  ` map ${percent(status.mapProgress)}% reduce ${percent(status.reduceProgress)}%`;

const hundreds = (line: string): number => line.split('100%').length;

/** Formats the error of a task, with the place in the input. */
export function formatTaskError({ message, stack, record, key, split }: TaskError): string {
  const lines = [`Error: ${message}`];
  if (stack) lines.push(stack);
  if (record) {
    lines.push(
      `  while mapping ${record.path || 'the record'} at offset ${record.offset}: ${JSON.stringify(record.text)}`,
    );
  }
  if (!record && split) lines.push(`  in the split ${split}`);
  if (key !== undefined) lines.push(`  while reducing the key ${JSON.stringify(key)}`);
  return lines.join('\n');
}

/** Formats an attempt that failed as Hadoop's client does. */
export function formatFailure({ attemptId, error }: TaskFailure): string {
  return `Task Id : ${attemptId}, Status : FAILED\n${formatTaskError(error)}`;
}

/** Hadoop's client asks for a job's status once a second, so it prints one line of progress a second. */
const PROGRESS_INTERVAL_MS = 1000;

/** Turns the statuses of one job, as they follow each other, into messages: each thing is told once. */
export class JobReporter {
  #progress = '';
  #progressMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #started = false;
  #toldSkew = false;

  /**
   * Returns the messages for a new status, in order. Progress is told once a second, and when all maps or all reduces
   * are done.
   * @param nowMs time of a clock that never goes back
   */
  update(status: JobStatus, nowMs: number): string[] {
    const messages: string[] = [];
    const over = status.state !== 'PREP' && status.state !== 'RUNNING';
    if (!this.#started && status.state !== 'PREP') {
      this.#started = true;
      messages.push(`Job ${status.jobId} running in uber mode : false`);
    }
    const progress = progressLine(status);
    const isDue =
      over || nowMs - this.#progressMs >= PROGRESS_INTERVAL_MS || hundreds(progress) > hundreds(this.#progress);
    if (this.#started && progress !== this.#progress && isDue) {
      messages.push(progress);
      this.#progress = progress;
      this.#progressMs = nowMs;
    }
    const skew = this.#toldSkew ? [] : skewLines(status.shuffle);
    this.#toldSkew ||= skew.length > 0;
    messages.push(...skew);
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
