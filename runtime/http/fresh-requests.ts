/** The rule by which a server takes a signed request once, and only soon after it was signed. */

/** Most that the clocks of two machines may differ, in milliseconds; as Kerberos allows. */
const SKEW_MS_MAX = 5 * 60_000;
const MINUTE_MS = 60_000;

/** The reason why a request is not taken. */
export type Staleness = 'from before the start' | 'too old or too new' | 'repeated';

export class FreshRequests {
  readonly #startMs: number;
  /** The nonces of the requests that were taken, by the minute in which they were signed. */
  readonly #nonces = new Map<number, Set<string>>();

  /** @param startMs the time of the server's start: it has no memory of older requests, so it takes none */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Takes a request that was signed at `timeMs`. Returns undefined, or the reason why the server does not take it. */
  take(nonce: string, timeMs: number, nowMs: number): Staleness | undefined {
    if (Math.abs(nowMs - timeMs) > SKEW_MS_MAX) return 'too old or too new';
    if (timeMs < this.#startMs) return 'from before the start';
    for (const minute of this.#nonces.keys()) {
      // A request of that minute would be refused by its time alone.
      if ((minute + 1) * MINUTE_MS < nowMs - SKEW_MS_MAX) this.#nonces.delete(minute);
    }
    const minute = Math.floor(timeMs / MINUTE_MS);
    const nonces = this.#nonces.get(minute) ?? new Set();
    if (nonces.has(nonce)) return 'repeated';
    this.#nonces.set(minute, nonces.add(nonce));
    return undefined;
  }
}
