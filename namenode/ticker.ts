/** Makes the namesystem look at leases, dead DataNodes and copies to order, once a second. */
import type { NamesystemDriver } from './namesystem/driver.ts';

const TICK_MS = 1000;

export class Ticker {
  readonly #driver: NamesystemDriver;
  #timer: NodeJS.Timeout | undefined;
  #tickedMs = 0;

  constructor(driver: NamesystemDriver) {
    this.#driver = driver;
  }

  start(): void {
    this.#tickedMs = this.#driver.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = this.#driver.now();
    const lateMs = now - this.#tickedMs - TICK_MS;
    this.#tickedMs = now;
    this.#driver.tick(lateMs);
  }
}
