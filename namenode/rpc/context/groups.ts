/** The groups of users: a cache over the machine's answers, as Hadoop's org.apache.hadoop.security.Groups. */
import pLimit from 'p-limit';
import { hadoopError, messageOf } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import { Alarm } from '../../../runtime/promises.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import { unixGroupsOf } from './unix-groups.ts';

/** The default of hadoop.security.groups.cache.secs: an older answer is asked for anew. */
const REFRESH_AFTER_MS = 300_000;
/** Hadoop's Groups keeps an answer this long when asking anew fails: ten times hadoop.security.groups.cache.secs. */
const EXPIRES_AFTER_MS = 10 * REFRESH_AFTER_MS;
/** After a failure the old answer is used this long before the machine is asked again. */
const REFRESH_PAUSE_MS = 10_000;
/** Any client can name any user: the cache must not grow with the names. */
const USERS_MAX = 10_000;
/** Programs that look groups up at a time. The other lookups wait for their turn. */
const LOOKUPS_MAX = 8;
/** The pauses between the attempts of one lookup. */
const RETRY_PAUSES_MS = [100, 1000];
const STOPPING = 'the NameNode is stopping';

/**
 * Returns a user's groups, none for a user that the machine is known not to have.
 * @throws anything if the machine does not say
 */
export type GroupsLookup = (user: string, signal: AbortSignal) => Promise<readonly string[]>;

interface CachedGroups {
  readonly groups: readonly string[];
  readonly fetchedMs: number;
  refreshAtMs: number;
}

/**
 * Answers which groups a user is in. A lookup that fails is tried again and logged, and never taken for "no groups". If
 * all attempts fail, the caller gets the answer of before, up to ten times the refresh time old, because Hadoop's cache
 * (refreshAfterWrite under expireAfterWrite) does so; without such an answer the caller gets an IOException, as from
 * Groups.getGroups.
 */
export class Groups {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lookUp: GroupsLookup;
  readonly #cache = new Map<string, CachedGroups>();
  readonly #fetching = new Map<string, Promise<readonly string[]>>();
  readonly #turns = pLimit(LOOKUPS_MAX);
  readonly #pauses = new Alarm();
  readonly #closing = new AbortController();

  constructor(options: { clock: Clock; log: Logger; lookUp?: GroupsLookup }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#lookUp = options.lookUp ?? unixGroupsOf;
  }

  /**
   * Returns the groups at once if they are known. Of the callers that ask for an answer that is due to be asked anew,
   * the first waits for the new one.
   * @throws IOException if the lookup fails and no answer of before may be used
   */
  of(user: string): readonly string[] | Promise<readonly string[]> {
    const now = this.#clock.monotonicMs();
    const known = this.#cache.get(user);
    if (known !== undefined && now < known.refreshAtMs) return known.groups;
    const fetching = this.#fetching.get(user);
    if (fetching !== undefined) return known !== undefined && isUsable(known, now) ? known.groups : fetching;
    const fetch = this.#fetch(user).finally(() => this.#fetching.delete(user));
    this.#fetching.set(user, fetch);
    return fetch;
  }

  /** Ends the lookups that run; their callers get an error. */
  async close(): Promise<void> {
    this.#closing.abort(new Error(STOPPING));
    this.#pauses.ring();
    await Promise.allSettled(this.#fetching.values());
  }

  async #fetch(user: string): Promise<readonly string[]> {
    try {
      const groups = await this.#attempts(user);
      if (this.#cache.size >= USERS_MAX) this.#cache.clear();
      const fetchedMs = this.#clock.monotonicMs();
      this.#cache.set(user, { groups, fetchedMs, refreshAtMs: fetchedMs + REFRESH_AFTER_MS });
      return groups;
    } catch (e) {
      const now = this.#clock.monotonicMs();
      const known = this.#cache.get(user);
      if (known !== undefined && isUsable(known, now)) {
        known.refreshAtMs = now + REFRESH_PAUSE_MS;
        return known.groups;
      }
      throw hadoopError('IOException', `The groups of user ${user} can't be looked up: ${messageOf(e)}`, e);
    }
  }

  async #attempts(user: string): Promise<readonly string[]> {
    for (let attempt = 0; ; attempt++) {
      if (this.#closing.signal.aborted) throw new Error(STOPPING);
      try {
        return await this.#turns(() => this.#lookUp(user, this.#closing.signal));
      } catch (err) {
        if (this.#closing.signal.aborted) throw err;
        this.#log.warn({ err, user, attempt: attempt + 1 }, "A user's groups can't be looked up");
        const pauseMs = RETRY_PAUSES_MS[attempt];
        if (pauseMs === undefined) throw err;
        await this.#pauses.sleep(pauseMs);
      }
    }
  }
}

const isUsable = (known: CachedGroups, now: number): boolean => now - known.fetchedMs < EXPIRES_AFTER_MS;
