/** The part of the retry cache that the store keeps: calls that succeeded and must not run twice, with their answers. */
import { DEFAULT_RETRY_CACHE_LIMITS, type RetryCacheLimits } from '../../protocol/rpc/retry-cache.ts';
import type { Change } from '../command/change.ts';

/** A call by the ids that Hadoop RPC gives it. */
export interface CallIds {
  /** The 16 bytes of a UUID. */
  readonly clientId: Uint8Array;
  readonly callId: number;
}
export interface AnsweredCall extends CallIds {
  /** The encoded response. */
  readonly answer: Uint8Array;
}

/** The key of a batch's calls in the journal. In `level` the calls lie under this key with a number behind it. */
export const CALLS_KEY = '!calls';
const CALLS_PREFIX = `${CALLS_KEY}/`;

/** Returns the key of a transfer's calls in `level`. */
const callsKey = (number: number): string => CALLS_PREFIX + number.toString(36).padStart(9, '0');

const CLIENT_ID_BYTES = 16;
const HEAD_BYTES = CLIENT_ID_BYTES + 8;

/** Whether a client may send the call again: Hadoop's RetryCache takes only calls whose client id is a UUID. */
export const isRepeatable = (call: CallIds): boolean => call.clientId.length === CLIENT_ID_BYTES;

/**
 * Encodes a call as text, one character a byte; numbers are big-endian:
 *
 *   ┌────────────┬──────────┬───────────────────┬────────┐
 *   │ client id, │ call id, │ length of the     │ answer │
 *   │ 16 B       │ 4 B      │ answer, 4 B       │        │
 *   └────────────┴──────────┴───────────────────┴────────┘
 */
export function encodeAnsweredCall({ clientId, callId, answer }: AnsweredCall): string {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + answer.length);
  bytes.set(clientId, 0);
  bytes.writeInt32BE(callId, CLIENT_ID_BYTES);
  bytes.writeUInt32BE(answer.length, CLIENT_ID_BYTES + 4);
  bytes.set(answer, HEAD_BYTES);
  return bytes.toString('latin1');
}

/** Decodes calls whose texts follow each other. @throws Error if they are damaged */
export function decodeAnsweredCalls(text: string): AnsweredCall[] {
  const bytes = Buffer.from(text, 'latin1');
  const calls: AnsweredCall[] = [];
  for (let at = 0; at < bytes.length; ) {
    const answerAt = at + HEAD_BYTES;
    const end = answerAt <= bytes.length ? answerAt + bytes.readUInt32BE(answerAt - 4) : answerAt;
    if (end > bytes.length) throw new Error(`${CALLS_KEY} in the store is damaged: it ends in the middle of a call`);
    calls.push({
      clientId: bytes.subarray(at, at + CLIENT_ID_BYTES),
      callId: bytes.readInt32BE(at + CLIENT_ID_BYTES),
      answer: bytes.subarray(answerAt, end),
    });
    at = end;
  }
  return calls;
}

interface Chunk {
  readonly key: string;
  readonly calls: number;
  readonly expiresAtMs: number;
}

/**
 * Tracks the calls that the store has. Hadoop's edit log has rpcClientId and rpcCallId in each operation, and loading the
 * log fills the cache again. Here a batch carries its calls. Each transfer to `level` puts the calls that came since the
 * last transfer under a key of their own, and deletes the keys that are too old or too many.
 */
export class AnsweredCalls {
  readonly #limits: RetryCacheLimits;
  /** The keys in `level`, the oldest first. */
  readonly #chunks: Chunk[] = [];
  #callsInChunks = 0;
  #lastChunk = 0;
  #pending: string[] = [];

  constructor(limits: RetryCacheLimits = DEFAULT_RETRY_CACHE_LIMITS) {
    this.#limits = limits;
  }

  /** Takes in one key of `level`; the keys come in their order. @throws Error if it is damaged */
  load(key: string, value: string, nowMs: number): readonly AnsweredCall[] {
    if (!key.startsWith(CALLS_PREFIX)) return [];
    const calls = decodeAnsweredCalls(value);
    this.#lastChunk = Number.parseInt(key.slice(CALLS_PREFIX.length), 36);
    this.#chunkAdded(key, calls.length, nowMs);
    return calls;
  }

  /** Adds calls of a batch that is in the journal or soon will be. */
  add(calls: readonly string[]): void {
    for (const call of calls) this.#pending.push(call);
  }

  /** Adds calls from the text that a batch of the journal has, and returns them. @throws Error if they are damaged */
  addAll(text: string): readonly AnsweredCall[] {
    const calls = decodeAnsweredCalls(text);
    this.add(calls.map(encodeAnsweredCall));
    return calls;
  }

  /** Returns the changes by which `level` gets the calls that were added since the last transfer. */
  takeChanges(nowMs: number): Change[] {
    const changes: Change[] = [];
    if (this.#pending.length > 0) {
      const key = callsKey(++this.#lastChunk);
      changes.push({ type: 'put', key, value: this.#pending.join('') });
      this.#chunkAdded(key, this.#pending.length, nowMs);
      this.#pending = [];
    }
    const { entriesMax } = this.#limits;
    for (let oldest = this.#chunks[0]; oldest !== undefined; oldest = this.#chunks[0]) {
      if (oldest.expiresAtMs > nowMs && this.#callsInChunks - oldest.calls < entriesMax) break;
      this.#chunks.shift();
      this.#callsInChunks -= oldest.calls;
      changes.push({ type: 'del', key: oldest.key });
    }
    return changes;
  }

  #chunkAdded(key: string, calls: number, nowMs: number): void {
    this.#chunks.push({ key, calls, expiresAtMs: nowMs + this.#limits.expiryMs });
    this.#callsInChunks += calls;
  }
}
