/** ipc's dfs.namenode.retrycache.expirytime.millis */
const EXPIRY_MS = 10 * 60 * 1000;
const ENTRIES_MAX = 100_000;

interface Entry<T> {
  readonly answer: Promise<T>;
  readonly expiresAtMs: number;
}

/**
 * Answers of calls that must not run twice, by client id and call id. A client that lost its connection sends a call
 * again under the same ids; it gets the first one's answer, or waits for it. Failures are forgotten, so that a repeat of
 * a failed call runs.
 */
export class RetryCache<T> {
  /** In the order of insertion, which is the order of expiry. Invariant: size <= entriesMax. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #entriesMax: number;

  constructor(entriesMax = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Runs the call, or gives the answer of the one with the same ids. `nowMs` is any clock that never goes back. */
  run(clientId: Uint8Array, callId: number, nowMs: number, call: () => Promise<T>): Promise<T> {
    this.#expire(nowMs);
    const key = `${Buffer.from(clientId.buffer, clientId.byteOffset, clientId.length).toString('latin1')}:${callId}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known.answer;
    const answer = call();
    const entry = { answer, expiresAtMs: nowMs + EXPIRY_MS };
    this.#entries.set(key, entry);
    answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return answer;
  }

  #expire(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAtMs > nowMs && this.#entries.size < this.#entriesMax) return;
      this.#entries.delete(key);
    }
  }
}
