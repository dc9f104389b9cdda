/** A promise that others settle. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = nothing;
  let reject: (reason: unknown) => void = nothing;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Resolves when the promise has settled either way: for a failure that someone else is told of. */
export function settled(promise: Promise<unknown> | undefined): Promise<void> {
  return promise === undefined ? Promise.resolve() : promise.then(nothing, nothing);
}

/** The same promise, whose failure is told to whoever waits for it, even if nobody does yet. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(nothing);
  return promise;
}

export function nothing(): void {
  // For callbacks that have nothing to do.
}
