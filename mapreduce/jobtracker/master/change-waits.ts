/** Clients that wait until the status of a job changes. */
import { deferred } from '../../../runtime/promises.ts';
import type { Clock } from '../../../runtime/runtime.ts';

/** Shortest time between two answers that tell of mere progress: a job with many tasks changes many times a second. */
const PROGRESS_MS_MIN = 250;

interface Wait {
  /** Ms of the steady clock: mere progress ends the wait no earlier. */
  readonly earliestMs: number;
  timer: NodeJS.Timeout;
  readonly end: () => void;
}

export class ChangeWaits {
  readonly #clock: Clock;
  readonly #waits = new Map<string, Set<Wait>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after a change of the job, at endAll(), or after `timeoutMs`. */
  async wait(jobId: string, timeoutMs: number): Promise<void> {
    const { promise, resolve } = deferred();
    const wait: Wait = {
      earliestMs: this.#clock.monotonicMs() + PROGRESS_MS_MIN,
      timer: setTimeout(resolve, timeoutMs),
      end: resolve,
    };
    const waits = this.#waits.get(jobId) ?? new Set();
    this.#waits.set(jobId, waits.add(wait));
    await promise;
    clearTimeout(wait.timer);
    waits.delete(wait);
    if (waits.size === 0 && this.#waits.get(jobId) === waits) this.#waits.delete(jobId);
  }

  /** Ends the waits for the job: at once if the job is over. */
  changed(jobId: string, isOver: boolean): void {
    for (const wait of this.#waits.get(jobId) ?? []) {
      const delayMs = wait.earliestMs - this.#clock.monotonicMs();
      clearTimeout(wait.timer);
      if (isOver || delayMs <= 0) wait.end();
      else wait.timer = setTimeout(wait.end, delayMs);
    }
  }

  endAll(): void {
    for (const waits of this.#waits.values()) {
      for (const wait of waits) {
        clearTimeout(wait.timer);
        wait.end();
      }
    }
  }
}
