/** Helpers for promises and for waiting: settled by others, slept, woken. */

/** A promise with the means to settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Returns a promise that its owner settles (Promise.withResolvers of Node 22). */
export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = nothing;
  let reject: (reason: unknown) => void = nothing;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Resolves when the promise has settled either way. For a failure that another caller receives. */
export function settled(promise: Promise<unknown> | undefined): Promise<void> {
  return promise === undefined ? Promise.resolve() : promise.then(nothing, nothing);
}

/** Returns the same promise. Its failure reaches the caller that awaits it later, and is not "unhandled" until then. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

/** Does nothing: for callbacks that have nothing to do. */
export function nothing(): void {
  // Nothing to do.
}

/** The longest time that setTimeout takes: it fires at once for a longer one. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, TIMER_MS_MAX)));
}

/** A sleep that can be ended early: for loops that wait for their next round or for news. */
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

  /** Wakes every sleeper of this moment. */
  ring(): void {
    for (const wake of [...this.#sleepers]) wake();
  }
}
