/** The timers that the functions of a job set, so that an attempt can wait for them and clear them. */

type Timer = NodeJS.Timeout | NodeJS.Immediate;

/** The timers of one attempt. */
export class AttemptTimers {
  readonly #once = new Set<Timer>();
  readonly #intervals = new Set<NodeJS.Timeout>();

  /** Whether a timer that fires once has not fired. One that does not keep a process alive (unref) does not count. */
  get isPending(): boolean {
    for (const timer of this.#once) {
      if (isCleared(timer)) this.#once.delete(timer);
      else if (timer.hasRef()) return true;
    }
    return false;
  }

  addOnce(timer: Timer): void {
    this.#once.add(timer);
  }

  hasFired(timer: Timer): void {
    this.#once.delete(timer);
  }

  addInterval(timer: NodeJS.Timeout): void {
    this.#intervals.add(timer);
  }

  clear(): void {
    for (const timer of [...this.#once, ...this.#intervals]) {
      clearTimeout(timer as NodeJS.Timeout);
      clearImmediate(timer as NodeJS.Immediate);
    }
    this.#once.clear();
    this.#intervals.clear();
  }
}

/** Whether a timer was cleared. Node.js marks both kinds of timers so. */
const isCleared = (timer: Timer): boolean => (timer as { readonly _destroyed?: boolean })._destroyed === true;
