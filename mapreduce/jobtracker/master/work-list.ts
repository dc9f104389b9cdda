/** Work under way that a daemon's stop waits for. */
export class WorkList {
  readonly #work = new Set<Promise<void>>();

  add(work: Promise<void>, onFailure: (err: unknown) => void): void {
    const tracked = work.catch(onFailure).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  /** Resolves when all work has ended, with the work that its end begins. */
  async ended(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }
}
