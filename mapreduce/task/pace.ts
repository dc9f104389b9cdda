/** Lets a long loop over records make way for other work. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../runtime/runtime.ts';

const RECORDS_BETWEEN_LOOKS = 1024;
const TURN_MS = 200;

/**
 * Reports progress and gives other work on the event loop a turn, about every 200 ms. Reading the clock costs much more than
 * a record, so that it is read once in many records.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #report: () => void;
  #records = 0;
  #lastMs: number;

  constructor(clock: Clock, report: () => void) {
    this.#clock = clock;
    this.#report = report;
    this.#lastMs = clock.monotonicMs();
  }

  /** Counts a record. Returns a promise to await if other work is to have a turn. */
  step(): Promise<void> | undefined {
    return this.note() ? setImmediate() : undefined;
  }

  /** Counts a record where nothing can be awaited. Returns whether it has reported progress. */
  note(): boolean {
    if (++this.#records % RECORDS_BETWEEN_LOOKS !== 0) return false;
    const now = this.#clock.monotonicMs();
    if (now - this.#lastMs < TURN_MS) return false;
    this.#lastMs = now;
    this.#report();
    return true;
  }
}
