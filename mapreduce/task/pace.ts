import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../runtime/runtime.ts';

const RECORDS_BETWEEN_LOOKS = 1024;
const TURN_MS = 200;

/**
 * Lets a long loop over records breathe: now and then it reports progress and gives other work on the event loop a
 * turn. Records cost far less than asking the clock, so the clock is asked seldom.
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

  /** Called for each record; a promise when it is time for a turn. */
  step(): Promise<void> | undefined {
    if (++this.#records % RECORDS_BETWEEN_LOOKS !== 0) return undefined;
    const now = this.#clock.monotonicMs();
    if (now - this.#lastMs < TURN_MS) return undefined;
    this.#lastMs = now;
    this.#report();
    return setImmediate();
  }
}
