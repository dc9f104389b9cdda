/** Decides when a daemon that died is started again: soon at first, then later and later, and not for ever. */

const WINDOW_MS = 600_000;

export type RestartDecision =
  | { readonly kind: 'start'; readonly atMs: number }
  /** The daemon dies each time: a further start would help nobody. */
  | { readonly kind: 'give up' };

/** How often and how soon a daemon is started again. */
export interface RestartLimits {
  /** Restarts within ten minutes; one more death then is left alone. */
  readonly restartsMax: number;
  /** Pause before the first restart; each further one is twice as long. */
  readonly firstDelayMs: number;
}

const USUAL: RestartLimits = { restartsMax: 5, firstDelayMs: 1000 };

export class RestartPolicy {
  readonly #limits: RestartLimits;
  /** Times of the restarts within the window, ms of a steady clock. */
  #restarts: number[] = [];

  constructor(limits = USUAL) {
    this.#limits = limits;
  }

  /** Takes note of a death. Returns when the daemon is to be started again. */
  died(now: number): RestartDecision {
    this.#restarts = this.#restarts.filter((timeMs) => now - timeMs < WINDOW_MS);
    if (this.#restarts.length >= this.#limits.restartsMax) return { kind: 'give up' };
    const atMs = now + this.#limits.firstDelayMs * 2 ** this.#restarts.length;
    this.#restarts.push(atMs);
    return { kind: 'start', atMs };
  }
}
