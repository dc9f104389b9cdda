/** Clean-up when a signal interrupts a command. */
const EXIT_CODE_BASE = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Runs clean-ups, such as the removal of a half-written file, when a signal interrupts a command. Listens to signals only while there are clean-ups. */
export class Interrupts {
  readonly #cleanups = new Set<() => Promise<void>>();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();

  /** Adds a clean-up. @returns a function that removes it */
  add(cleanup: () => Promise<void>): () => void {
    this.#cleanups.add(cleanup);
    if (this.#cleanups.size === 1) this.#listen();
    return () => {
      this.#cleanups.delete(cleanup);
      if (this.#cleanups.size === 0) this.#stop();
    };
  }

  #listen(): void {
    for (const [signal, number] of Object.entries(SIGNALS)) {
      const listener = () => void this.#interrupt(EXIT_CODE_BASE + number);
      this.#listeners.set(signal as NodeJS.Signals, listener);
      process.once(signal, listener);
    }
  }

  #stop(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    this.#listeners.clear();
  }

  /** Cleans up and ends the process. A second signal has its default action, and ends the process at once. */
  async #interrupt(exitCode: number): Promise<void> {
    this.#stop();
    await Promise.allSettled([...this.#cleanups].map((cleanup) => cleanup()));
    process.exit(exitCode);
  }
}
