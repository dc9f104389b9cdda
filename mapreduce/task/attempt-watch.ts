/** Watches the attempts that run on a tracker: those that hang, and those that go beyond their limits. */

import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { DiskWatch } from '../containment/disk-limit.ts';
import { memoryVerdict } from '../containment/memory-limit.ts';
import type { TaskLimits } from '../containment/task-limits.ts';
import type { SignsOfLife } from './signs-of-life.ts';
import type { TaskProcess } from './task-process.ts';

const WATCH_MS = 1000;

export interface RunningAttempt {
  readonly attemptId: string;
  readonly jobId: string;
  readonly process: TaskProcess;
  /** The split of a map, for messages. */
  readonly split: string | undefined;
  readonly life: SignsOfLife;
  readonly limits: TaskLimits;
  /** The attempt waits for the answer whether it may commit: its silence is not its own. */
  isAsking: boolean;
}

export interface AttemptWatchOptions {
  readonly clock: Clock;
  readonly log: Logger;
  jobDirectory(jobId: string): string;
  /** Ends an attempt, which has failed for this reason. `fatal`: the whole job has. */
  fail(attempt: RunningAttempt, message: string, fatal: boolean): void;
}

export class AttemptWatch {
  readonly #o: AttemptWatchOptions;
  readonly #running = new Map<string, RunningAttempt>();
  /** By job. */
  readonly #disks = new Map<string, DiskWatch>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: AttemptWatchOptions) {
    this.#o = options;
    this.#timer = setInterval(() => this.#look(), WATCH_MS);
    this.#timer.unref();
  }

  add(attempt: RunningAttempt): void {
    const { attemptId, jobId, limits } = attempt;
    this.#running.set(attemptId, attempt);
    if (this.#disks.has(jobId)) return;
    this.#disks.set(jobId, new DiskWatch(this.#o.jobDirectory(jobId), limits, this.#o.clock.monotonicMs()));
  }

  /** Returns the ids of the attempts that run. */
  get ids(): readonly string[] {
    return [...this.#running.keys()];
  }

  get(attemptId: string): RunningAttempt | undefined {
    return this.#running.get(attemptId);
  }

  delete(attemptId: string): void {
    this.#running.delete(attemptId);
  }

  endJob(jobId: string): void {
    this.#disks.delete(jobId);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#o.clock.monotonicMs();
    for (const attempt of this.#running.values()) {
      const { attemptId, process, life, limits, isAsking } = attempt;
      const processes = process.processes();
      life.look(process.cpuTimeMs(processes), now);
      const message =
        memoryVerdict(attemptId, processes, limits) ?? (isAsking ? undefined : life.verdict(attemptId, now));
      if (message !== undefined) this.#o.fail(attempt, message, false);
    }
    for (const jobId of new Set([...this.#running.values()].map((attempt) => attempt.jobId))) {
      void this.#lookAtDisk(jobId, now);
    }
  }

  async #lookAtDisk(jobId: string, now: number): Promise<void> {
    const message = await this.#disks.get(jobId)?.look(now);
    if (message === undefined) return;
    const running = [...this.#running.values()].filter((attempt) => attempt.jobId === jobId);
    for (const attempt of running) {
      if (attempt.limits.diskFails) this.#o.fail(attempt, message, true);
      else this.#o.log.warn({ attemptId: attempt.attemptId }, message);
    }
  }
}
