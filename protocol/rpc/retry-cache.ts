/** Answers of calls that must not run twice (Hadoop: org.apache.hadoop.ipc.RetryCache). */
import type { Configuration } from '../../conf/configuration.ts';

export interface RetryCacheLimits {
  readonly entriesMax: number;
  /** The time for which an answer is kept. */
  readonly expiryMs: number;
}

export const DEFAULT_RETRY_CACHE_LIMITS: RetryCacheLimits = { entriesMax: 100_000, expiryMs: 10 * 60 * 1000 };
/** The least capacity of Hadoop's ipc.RetryCache, which calls it MAX_CAPACITY. */
const ENTRIES_MIN = 16;
/** Hadoop's LightWeightGSet counts an entry as a reference of 8 bytes. */
const REFERENCE_BYTES_LOG2 = 3;

/**
 * Returns the limits by dfs.namenode.retrycache.*: the number of entries whose references fill the configured share of the
 * heap, rounded to a power of two (LightWeightGSet.computeCapacity).
 * @param heapBytesMax the size to which the heap may grow
 */
export function retryCacheLimits(conf: Configuration, heapBytesMax: number): RetryCacheLimits {
  const bytes = (heapBytesMax * conf.get('dfs.namenode.retrycache.heap.percent')) / 100;
  const exponent = Math.floor(Math.log2(Math.max(bytes, 1)) + 0.5) - REFERENCE_BYTES_LOG2;
  return {
    entriesMax: Math.max(2 ** Math.min(exponent, 30), ENTRIES_MIN),
    expiryMs: conf.get('dfs.namenode.retrycache.expirytime.millis'),
  };
}

interface Entry<T> {
  readonly key: string;
  readonly answer: Promise<T>;
  readonly expiresAtMs: number;
}

/**
 * Keeps the answers of calls that must not run twice, by client id and call id. A client that lost its connection sends a
 * call again under the same ids: it is given the first call's answer, or waits for it. Nothing of a failed call is kept,
 * so that it runs when it comes again, and so that a client can't fill the memory with errors.
 */
export class RetryCache<T> {
  /** The calls that run, and those that were answered. */
  readonly #entries = new Map<string, Entry<T>>();
  /**
   * Answered calls in the order of their answers, from index #oldest on. The map's own order does not serve: a Map finds
   * its first key slowly after many keys before it were deleted.
   */
  #answered: Entry<T>[] = [];
  #oldest = 0;
  readonly #limits: RetryCacheLimits;

  constructor(limits: RetryCacheLimits = DEFAULT_RETRY_CACHE_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Runs the call, or returns the answer of the call with the same ids. `nowMs`: of a clock that never goes back. */
  run(clientId: Uint8Array, callId: number, nowMs: number, call: () => Promise<T>): Promise<T> {
    this.#expire(nowMs);
    const key = keyOf(clientId, callId);
    const known = this.#entries.get(key);
    if (known !== undefined) return known.answer;
    const entry = { key, answer: call(), expiresAtMs: nowMs + this.#limits.expiryMs };
    this.#entries.set(key, entry);
    entry.answer.then(
      () => this.#answered.push(entry),
      () => this.#entries.delete(key),
    );
    return entry.answer;
  }

  /** Adds the answer of a call that ran before the server started. Its time of expiry counts from now. */
  add(clientId: Uint8Array, callId: number, nowMs: number, answer: T): void {
    this.#expire(nowMs);
    const key = keyOf(clientId, callId);
    const entry = { key, answer: Promise.resolve(answer), expiresAtMs: nowMs + this.#limits.expiryMs };
    this.#entries.set(key, entry);
    this.#answered.push(entry);
  }

  /** Removes answers that have expired, and the oldest ones until there is room for one more. */
  #expire(nowMs: number): void {
    const { entriesMax } = this.#limits;
    for (let entry = this.#answered[this.#oldest]; entry; entry = this.#answered[this.#oldest]) {
      if (entry.expiresAtMs > nowMs && this.#answered.length - this.#oldest < entriesMax) break;
      this.#oldest++;
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    }
    if (this.#oldest < entriesMax) return;
    this.#answered = this.#answered.slice(this.#oldest);
    this.#oldest = 0;
  }
}

const keyOf = (clientId: Uint8Array, callId: number): string =>
  `${(Buffer.isBuffer(clientId) ? clientId : Buffer.from(clientId)).toString('latin1')}:${callId}`;
