import { Counters, formatCounters } from './counters.ts';
import type { JobStatus, TaskError, TaskFailure } from './messages.ts';

/** What the job client prints, in Hadoop's words. */

const percent = (progress: number): number => Math.floor(progress * 100 + 1e-9);

const progressLine = (status: JobStatus): string =>
  ` map ${percent(status.mapProgress)}% reduce ${percent(status.reduceProgress)}%`;

const hundreds = (line: string): number => line.split('100%').length;

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
function formatFailure({ attemptId, error }: TaskFailure): string {
  return `Task Id : ${attemptId}, Status : FAILED\n${formatTaskError(error)}`;
}

/** Hadoop's client looks at a job once a second, and so prints no more lines of progress than that. */
const PROGRESS_INTERVAL_MS = 1000;

/** The messages of the job client for what has changed between two states of a job. */
export class JobReporter {
  #progress = '';
  #progressMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #started = false;

  /**
   * Messages of the logger mapreduce.Job, in order. Progress is told once a second, and when maps or reduces are done.
   * `nowMs` is of a clock that never goes back.
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
