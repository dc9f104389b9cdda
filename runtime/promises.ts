/** Helpers for promises and for waiting. */

/** A promise with the means to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Returns a promise that its owner settles. (Node 20 has no Promise.withResolvers.) */
export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = nothing;
  let reject: (reason: unknown) => void = nothing;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Resolves when the promise has been fulfilled or rejected. To be used where another caller receives the failure. */
export function settled(promise: Promise<unknown> | undefined): Promise<void> {
  return promise === undefined ? Promise.resolve() : promise.then(nothing, nothing);
}

/** Returns the same promise, which a caller awaits later. Until then Node does not report its failure as unhandled. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

/** Does nothing. */
export function nothing(): void {
  // Empty on purpose.
}

/** The longest time that setTimeout takes; for a longer time it would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Resolves in the next turn of the event loop: other callers and sockets get their turn first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after `ms` milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, TIMER_MS_MAX)));
}

/** A sleep that can be ended early, for loops that wait for their next round or for news. */
export class Alarm {
  readonly #sleepers = new Set<() => void>();

  /** Resolves after `ms` milliseconds, or at the next ring(). */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
      this.#sleepers.add(wake);
    });
  }

  /** Ends every sleep that has begun. */
  ring(): void {
    for (const wake of [...this.#sleepers]) wake();
  }
}
