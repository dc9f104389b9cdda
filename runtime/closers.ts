/** One undo stack for a start and for the stop that follows it. */
import asyncDisposableStack from 'disposablestack/AsyncDisposableStack/polyfill';
import type { Logger } from './log.ts';

const Stack: typeof AsyncDisposableStack = asyncDisposableStack();

/**
 * Collects how each started part is closed while a daemon starts, and closes all of them in reverse order: when a later
 * step of the start fails, or when the daemon stops. Every step runs once, whatever the others throw.
 */
export class Closers {
  readonly #stack = new Stack();

  /** Adds a step: `close` runs before the steps that were added earlier. */
  add(close: () => unknown): void {
    this.#stack.defer(async () => {
      await close();
    });
  }

  /**
   * Runs all steps. A second call does nothing.
   * @throws the error of the step that failed; a SuppressedError that holds all of them if several failed
   */
  async close(): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Undoes a start that failed with `error`: runs all steps, logs what fails among them, and throws `error`. */
  async undo(error: unknown, log: Logger): Promise<never> {
    try {
      await this.close();
    } catch (err) {
      log.error({ err }, 'A start failed, and closing what it had opened failed too');
    }
    throw error;
  }
}
