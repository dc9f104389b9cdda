import { execFile } from 'node:child_process';
import type { Clock } from '../../runtime/runtime.ts';

/** hadoop.security.groups.cache.secs. */
const CACHE_MS = 300_000;
const USERS_MAX = 10_000;

/**
 * The groups of users, as ShellBasedUnixGroupsMapping has them: `id -Gn USER` on this machine, the primary group
 * first. A user that the machine does not know has none. Answers are kept for a while.
 */
export class Groups {
  readonly #clock: Clock;
  readonly #cache = new Map<string, { groups: readonly string[]; fetchedMs: number }>();
  readonly #fetching = new Map<string, Promise<readonly string[]>>();
  readonly #lookUp: (user: string) => Promise<readonly string[]>;

  constructor(clock: Clock, lookUp = groupsByShell) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /** At once when the answer is known. */
  of(user: string): readonly string[] | Promise<readonly string[]> {
    const known = this.#cache.get(user);
    if (known !== undefined && this.#clock.monotonicMs() - known.fetchedMs < CACHE_MS) return known.groups;
    let fetching = this.#fetching.get(user);
    if (fetching === undefined) {
      fetching = this.#fetch(user).finally(() => this.#fetching.delete(user));
      this.#fetching.set(user, fetching);
    }
    return fetching;
  }

  async #fetch(user: string): Promise<readonly string[]> {
    const groups = await this.#lookUp(user);
    // Any client can name any user: the cache must not grow with them.
    if (this.#cache.size >= USERS_MAX) this.#cache.clear();
    this.#cache.set(user, { groups, fetchedMs: this.#clock.monotonicMs() });
    return groups;
  }
}

function groupsByShell(user: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.@$-]*$/.test(user)) {
      resolve([]);
      return;
    }
    execFile('id', ['-Gn', user], { timeout: 10_000 }, (error, stdout) => {
      resolve(error ? [] : [...new Set(stdout.trim().split(/\s+/))].filter((g) => g !== ''));
    });
  });
}
