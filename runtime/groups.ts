/** The groups of users: a cache over the machine's answers, as Hadoop's org.apache.hadoop.security.Groups. */
import pLimit from 'p-limit';
import type { Configuration } from '../conf/configuration.ts';
import { hadoopError, messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import { Alarm } from './promises.ts';
import type { Clock } from './runtime.ts';
import { unixGroupsOf } from './unix-groups.ts';

/** Hadoop's Groups keeps an answer for this many times hadoop.security.groups.cache.secs while asking anew fails. */
const EXPIRY_FACTOR = 10;
/** After a failure the old answer is used this long before the machine is asked again. */
const REFRESH_PAUSE_MS = 10_000;
/** Users whose groups are kept. Any client can name any user: the cache must not grow with the names. */
const USERS_MAX = 10_000;
/** Names without an account that are kept, apart from the users: a flood of such names drives no user out. */
const NO_USERS_MAX = 1000;
/** Programs that look groups up at a time. The other lookups wait for their turn. */
const LOOKUPS_MAX = 8;
/** The pauses between the attempts of one lookup. */
const RETRY_PAUSES_MS = [100, 1000];
const STOPPING = 'the daemon is stopping';

/**
 * Returns a user's groups, none for a user that the machine is known not to have.
 * @throws anything if the machine does not say
 */
export type GroupsLookup = (user: string, signal: AbortSignal) => Promise<readonly string[]>;

/** The settings of the cache. */
export interface GroupsConfig {
  /** hadoop.security.groups.cache.secs: an older answer is asked for anew. */
  readonly cacheMs: number;
  /** hadoop.security.groups.negative-cache.secs: the time for which "no groups" is kept; 0: it is not kept. */
  readonly negativeCacheMs: number;
  /** hadoop.security.groups.cache.warn.after.ms: a longer lookup is logged. */
  readonly warnAfterMs: number;
}

export function groupsConfig(conf: Configuration): GroupsConfig {
  return {
    cacheMs: conf.get('hadoop.security.groups.cache.secs'),
    negativeCacheMs: conf.get('hadoop.security.groups.negative-cache.secs'),
    warnAfterMs: conf.get('hadoop.security.groups.cache.warn.after.ms'),
  };
}

interface CachedGroups {
  readonly groups: readonly string[];
  readonly expiresAtMs: number;
  refreshAtMs: number;
}

/**
 * Answers which groups a user is in. A lookup that fails is tried again and logged, and never taken for "no groups". If
 * all attempts fail, the caller gets the answer of before, up to ten times the refresh time old, because Hadoop's cache
 * (refreshAfterWrite under expireAfterWrite) does so; without such an answer the caller gets an IOException, as from
 * Groups.getGroups.
 */
export class Groups {
  readonly #config: GroupsConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lookUp: GroupsLookup;
  readonly #users = new Map<string, CachedGroups>();
  readonly #noUsers = new Map<string, CachedGroups>();
  readonly #fetching = new Map<string, Promise<readonly string[]>>();
  readonly #turns = pLimit(LOOKUPS_MAX);
  readonly #pauses = new Alarm();
  readonly #closing = new AbortController();

  constructor(options: { config: GroupsConfig; clock: Clock; log: Logger; lookUp?: GroupsLookup }) {
    this.#config = options.config;
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
    const known = this.#known(user);
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
      this.#keep(user, groups);
      return groups;
    } catch (e) {
      const now = this.#clock.monotonicMs();
      const known = this.#known(user);
      if (known !== undefined && isUsable(known, now)) {
        known.refreshAtMs = now + REFRESH_PAUSE_MS;
        return known.groups;
      }
      throw hadoopError('IOException', `The groups of user ${user} can't be looked up: ${messageOf(e)}`, e);
    }
  }

  #known(user: string): CachedGroups | undefined {
    return this.#users.get(user) ?? this.#noUsers.get(user);
  }

  /** Keeps an answer in the place of the one before, and drops the oldest answer if there are too many. */
  #keep(user: string, groups: readonly string[]): void {
    this.#users.delete(user);
    this.#noUsers.delete(user);
    const [cache, max] = groups.length > 0 ? [this.#users, USERS_MAX] : [this.#noUsers, NO_USERS_MAX];
    cache.set(user, this.#entryOf(groups));
    if (cache.size > max) for (const oldest of cache.keys()) return void cache.delete(oldest);
  }

  #entryOf(groups: readonly string[]): CachedGroups {
    const { cacheMs, negativeCacheMs } = this.#config;
    const now = this.#clock.monotonicMs();
    if (groups.length === 0) return { groups, refreshAtMs: now + negativeCacheMs, expiresAtMs: now + negativeCacheMs };
    return { groups, refreshAtMs: now + cacheMs, expiresAtMs: now + EXPIRY_FACTOR * cacheMs };
  }

  async #attempts(user: string): Promise<readonly string[]> {
    for (let attempt = 0; ; attempt++) {
      if (this.#closing.signal.aborted) throw new Error(STOPPING);
      try {
        return await this.#turns(() => this.#attempt(user));
      } catch (err) {
        if (this.#closing.signal.aborted) throw err;
        this.#log.warn({ err, user, attempt: attempt + 1 }, "A user's groups can't be looked up");
        const pauseMs = RETRY_PAUSES_MS[attempt];
        if (pauseMs === undefined) throw err;
        await this.#pauses.sleep(pauseMs);
      }
    }
  }

  /** Looks the groups up once. Hadoop's Groups logs a slow lookup in the same words. */
  async #attempt(user: string): Promise<readonly string[]> {
    const startedMs = this.#clock.monotonicMs();
    const groups = await this.#lookUp(user, this.#closing.signal);
    const tookMs = Math.round(this.#clock.monotonicMs() - startedMs);
    if (tookMs > this.#config.warnAfterMs) {
      this.#log.warn(`Potential performance problem: getGroups(user=${user}) took ${tookMs} milliseconds.`);
    }
    return groups;
  }
}

const isUsable = (known: CachedGroups, now: number): boolean => now < known.expiresAtMs;
