/** Holds a stream to a rate (Hadoop: ThrottledInputStream). */
import { sleep } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';

export class Throttle {
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  readonly #beganMs: number;
  #bytes = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#clock = clock;
    this.#beganMs = clock.monotonicMs();
  }

  /** Resolves when so much time has passed that all bytes up to here keep to the rate. */
  async passed(bytes: number): Promise<void> {
    this.#bytes += bytes;
    const earlyMs = this.#bytes / this.#bytesPerMs - (this.#clock.monotonicMs() - this.#beganMs);
    if (earlyMs >= 1) await sleep(earlyMs);
  }
}
