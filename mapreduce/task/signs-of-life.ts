/** Tells a task that is slow from one that hangs. */

/** Share of a processor from which on a silent task counts as busy. A task that waits uses far less. */
const BUSY_SHARE = 0.02;

export interface LifeLimits {
  /** mapreduce.task.timeout: a task that neither tells of progress nor computes is killed after this; 0: never. */
  readonly timeoutMs: number;
  /** calf.task.busy.timeout: a task that computes without telling of progress is killed after this; 0: never. */
  readonly busyTimeoutMs: number;
}

/**
 * A record, a pair, a fetched segment, a status: each report of a task is a sign of life. Between two reports lies a
 * single call of the job's code, a merge or the group of one key, which may take long. A task that uses a processor
 * meanwhile is taken to be at work, one that uses none is taken to hang. An endless loop looks like work, so that work
 * without a report has a limit of its own. All times are milliseconds of a steady clock.
 */
export class SignsOfLife {
  readonly #limits: LifeLimits;
  #reportedMs: number;
  #busyMs: number;
  #sample: { readonly atMs: number; readonly cpuMs: number } | undefined;

  constructor(limits: LifeLimits, now: number) {
    this.#limits = limits;
    this.#reportedMs = now;
    this.#busyMs = now;
  }

  reported(now: number): void {
    this.#reportedMs = now;
    this.#busyMs = now;
    this.#sample = undefined;
  }

  /** Takes the processor time that the task's process has used so far; undefined where it is not known. */
  look(cpuMs: number | undefined, now: number): void {
    if (cpuMs === undefined) return;
    const before = this.#sample;
    if (before && cpuMs - before.cpuMs >= (now - before.atMs) * BUSY_SHARE) this.#busyMs = now;
    this.#sample = { atMs: now, cpuMs };
  }

  /** Returns the reason to kill the task; undefined if there is none. The first one is in Hadoop's words. */
  verdict(attemptId: string, now: number): string | undefined {
    const { timeoutMs, busyTimeoutMs } = this.#limits;
    if (timeoutMs === 0) return undefined;
    if (now - this.#busyMs >= timeoutMs) {
      return `Task ${attemptId} failed to report status for ${seconds(timeoutMs)} seconds. Killing!`;
    }
    if (busyTimeoutMs === 0 || now - this.#reportedMs < Math.max(timeoutMs, busyTimeoutMs)) return undefined;
    return (
      `Task ${attemptId} has computed for ${seconds(now - this.#reportedMs)} seconds without progress: one call of map or ` +
      'reduce runs so long, or for ever. Let it call context.setStatus() now and then, or set calf.task.busy.timeout'
    );
  }
}

const seconds = (ms: number): number => Math.round(ms / 1000);
