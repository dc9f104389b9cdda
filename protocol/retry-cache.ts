/** ipc's dfs.namenode.retrycache.expirytime.millis */
const EXPIRY_MS = 10 * 60 * 1000;
const ENTRIES_MAX = 100_000;

interface Entry<T> {
  readonly key: string;
  readonly answer: Promise<T>;
  readonly expiresAtMs: number;
}

/**
 * Answers of calls that must not run twice, by client id and call id. A client that lost its connection sends a call
 * again under the same ids; it gets the first one's answer, or waits for it. Failures are forgotten, so that a repeat of
 * a failed call runs.
 */
export class RetryCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** In the order of expiry, from `#oldest` on: a Map finds its first key slowly when many before it were deleted. */
  #queue: Entry<T>[] = [];
  #oldest = 0;
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
    const entry = { key, answer, expiresAtMs: nowMs + EXPIRY_MS };
    this.#entries.set(key, entry);
    this.#queue.push(entry);
    answer.catch(() => this.#forget(entry));
    return answer;
  }

  /** Leaves room for one more. */
  #expire(nowMs: number): void {
    for (let entry = this.#queue[this.#oldest]; entry; entry = this.#queue[this.#oldest]) {
      if (entry.expiresAtMs > nowMs && this.#queue.length - this.#oldest < this.#entriesMax) break;
      this.#oldest++;
      this.#forget(entry);
    }
    if (this.#oldest < this.#entriesMax) return;
    this.#queue = this.#queue.slice(this.#oldest);
    this.#oldest = 0;
  }

  #forget(entry: Entry<T>): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }
}
