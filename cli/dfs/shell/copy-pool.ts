/** Runs at most `limit` copies at once, for -t. */
export class CopyPool {
  readonly #limit: number;
  readonly #onError: (thrown: unknown) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(limit: number, onError: (thrown: unknown) => void) {
    this.#limit = limit;
    this.#onError = onError;
  }

  /** Resolves when the copy has begun. */
  async submit(copy: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    const running: Promise<void> = copy()
      .catch(this.#onError)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }
}
