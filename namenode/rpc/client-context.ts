import type { Configuration } from '../../conf/configuration.ts';
import type { RpcCall } from '../../protocol/rpc/server.ts';
import type { Caller } from '../namespace/permissions.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import type { Groups } from './groups.ts';

/** What the handlers of ClientProtocol share. */
export class ClientContext {
  readonly driver: NamesystemDriver;
  readonly conf: Configuration;
  readonly #groups: Groups;
  readonly #superusers: ReadonlySet<string>;
  readonly #supergroup: string;
  readonly #callers = new Map<string, { groups: readonly string[]; caller: Caller }>();

  constructor(options: {
    driver: NamesystemDriver;
    conf: Configuration;
    groups: Groups;
    /** The user that runs the NameNode. */
    user: string;
  }) {
    this.driver = options.driver;
    this.conf = options.conf;
    this.#groups = options.groups;
    this.#superusers = new Set([options.user]);
    this.#supergroup = options.conf.get('dfs.permissions.superusergroup');
  }

  /**
   * Returns the caller of an RPC, at once if the user's groups are known.
   * @throws IOException if the groups can't be looked up
   */
  caller(call: Pick<RpcCall, 'user' | 'remoteAddress'>): Caller | Promise<Caller> {
    const groups = this.#groups.of(call.user);
    return groups instanceof Promise ? groups.then((g) => this.#callerOf(call, g)) : this.#callerOf(call, groups);
  }

  /** Returns a user's groups, at once if they are known. @throws IOException if they can't be looked up */
  groupsOf(user: string): readonly string[] | Promise<readonly string[]> {
    return this.#groups.of(user);
  }

  #callerOf(call: Pick<RpcCall, 'user' | 'remoteAddress'>, groups: readonly string[]): Caller {
    const key = `${call.user}\n${call.remoteAddress}`;
    const known = this.#callers.get(key);
    if (known?.groups === groups) return known.caller;
    const superuser = this.#superusers.has(call.user) || groups.includes(this.#supergroup);
    const caller: Caller = { user: call.user, groups, superuser, address: call.remoteAddress };
    if (this.#callers.size > 10_000) this.#callers.clear();
    this.#callers.set(key, { groups, caller });
    return caller;
  }
}
