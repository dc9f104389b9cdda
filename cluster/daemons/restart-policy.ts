/** Decides when a daemon that died is started again: soon at first, then later and later, and not for ever. */

/** Restarts of a daemon within the window; one more death then is left alone. */
const RESTARTS_MAX = 5;
const WINDOW_MS = 600_000;
const FIRST_DELAY_MS = 1000;

export type RestartDecision =
  | { readonly kind: 'start'; readonly atMs: number }
  /** The daemon dies each time: a further start would help nobody. */
  | { readonly kind: 'give up' };

export class RestartPolicy {
  /** Times of the restarts within the window, ms of a steady clock. */
  #restarts: number[] = [];

  /** Takes note of a death. Returns when the daemon is to be started again. */
  died(now: number): RestartDecision {
    this.#restarts = this.#restarts.filter((timeMs) => now - timeMs < WINDOW_MS);
    if (this.#restarts.length >= RESTARTS_MAX) return { kind: 'give up' };
    const atMs = now + FIRST_DELAY_MS * 2 ** this.#restarts.length;
    this.#restarts.push(atMs);
    return { kind: 'start', atMs };
  }
}
