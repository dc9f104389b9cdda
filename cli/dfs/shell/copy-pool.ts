/** Copies at the same time, for -t of -put, -get and -cp. */
import pLimit, { type LimitFunction } from 'p-limit';

/** Runs at most `limit` copies at once. */
export class CopyPool {
  readonly #limit: LimitFunction;
  readonly #onError: (thrown: unknown) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(limit: number, onError: (thrown: unknown) => void) {
    this.#limit = pLimit(limit);
    this.#onError = onError;
  }

  /** Resolves when the copy has begun: a large tree is listed only as fast as it is copied. */
  submit(copy: () => Promise<void>): Promise<void> {
    return new Promise((begun) => {
      const running: Promise<void> = this.#limit(async () => {
        begun();
        await copy();
      })
        .catch(this.#onError)
        .finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
  }

  /** Resolves when all copies have ended. */
  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }
}
