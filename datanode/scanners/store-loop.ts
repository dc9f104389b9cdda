/** A loop of background work on the replicas: it begins when the store has its block pool, and ends at stop(). */
import { Alarm, deferred } from '../../runtime/promises.ts';
import type { BlockStore } from '../replicas/block-store.ts';

export class StoreLoop {
  readonly #store: Pick<BlockStore, 'attached'>;
  readonly #ended = deferred();
  readonly #alarm = new Alarm();
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Pick<BlockStore, 'attached'>) {
    this.#store = store;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Calls `run` once, when the store has its block pool. `run` returns soon after the loop is stopped. */
  start(run: () => Promise<void>): void {
    this.#running = this.#begin(run);
  }

  /** Waits for a time, or until wake() or stop() is called. */
  async sleep(ms: number): Promise<void> {
    await this.#alarm.sleep(ms);
  }

  wake(): void {
    this.#alarm.ring();
  }

  /** Waits until `run` has returned. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ended.resolve();
    this.#alarm.ring();
    await this.#running;
  }

  async #begin(run: () => Promise<void>): Promise<void> {
    await Promise.race([this.#store.attached, this.#ended.promise]);
    if (!this.#stopped) await run();
  }
}
