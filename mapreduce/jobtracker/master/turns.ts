/** Runs work on the same thing one after another, and work on different things side by side. */
import { settled } from '../../../runtime/promises.ts';

export class Turns {
  /** By name of the thing: the end of all work that was given so far. */
  readonly #last = new Map<string, Promise<void>>();

  /** Begins the work once all earlier work on the same thing has ended, whatever its outcome. Returns its outcome. */
  take<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(thing) ?? Promise.resolve()).then(work);
    const end = settled(result).then(() => {
      if (this.#last.get(thing) === end) this.#last.delete(thing);
    });
    this.#last.set(thing, end);
    return result;
  }
}
