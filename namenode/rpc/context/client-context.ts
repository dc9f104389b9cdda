/** The parts that the method tables of ClientProtocol and its neighbours share: namesystem, settings, callers. */

import type { Configuration } from '../../../conf/configuration.ts';
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import type { Groups } from '../../../runtime/groups.ts';
import type { Logger } from '../../../runtime/log.ts';
import { Superusers } from '../../../runtime/superusers.ts';
import type { Caller } from '../../command/caller.ts';
import * as Stat from '../../namespace/stat-and-listing.ts';
import type { NamesystemDriver } from '../../namesystem/driver.ts';
import type { NamespaceIdentity } from '../../store/name-directory.ts';
import type { CheckSuperuser } from './access.ts';
import { type ClientSettings, clientSettings } from './client-settings.ts';

/** The callers that are remembered: any client can name any user. */
const CALLERS_MAX = 10_000;

type CallOrigin = Pick<RpcCall, 'user' | 'remoteAddress'>;

export class ClientContext {
  readonly driver: NamesystemDriver;
  readonly conf: Configuration;
  readonly settings: ClientSettings;
  readonly identity: NamespaceIdentity;
  readonly log: Logger;
  readonly #groups: Groups;
  readonly #superusers: Superusers;
  readonly #callers = new Map<string, { groups: readonly string[]; caller: Caller }>();

  constructor(options: {
    driver: NamesystemDriver;
    conf: Configuration;
    identity: NamespaceIdentity;
    groups: Groups;
    /** The user that runs the NameNode. */
    user: string;
    log: Logger;
  }) {
    this.driver = options.driver;
    this.conf = options.conf;
    this.settings = clientSettings(options.conf);
    this.log = options.log;
    this.identity = options.identity;
    this.#groups = options.groups;
    this.#superusers = new Superusers(options);
  }

  /**
   * Returns the caller of an RPC, at once if the user's groups are known.
   * @throws IOException if the groups can't be looked up
   */
  readonly callerOf = (call: CallOrigin): Caller | Promise<Caller> => {
    const groups = this.#groups.of(call.user);
    return groups instanceof Promise ? groups.then((g) => this.#caller(call, g)) : this.#caller(call, groups);
  };

  /** See Superusers.check(). */
  readonly checkSuperuser: CheckSuperuser = ({ user }, operation) => this.#superusers.check(user, operation);

  /** Returns a user's groups, at once if they are known. @throws IOException if they can't be looked up */
  groupsOf(user: string): readonly string[] | Promise<readonly string[]> {
    return this.#groups.of(user);
  }

  /** @throws FileNotFoundException with the message if nothing is at the path */
  async checkExists(call: CallOrigin, path: string, message: string): Promise<void> {
    const found = await this.driver.read(Stat.getFileInfo, { caller: await this.callerOf(call), path });
    if (found === undefined) throw hadoopError('FileNotFoundException', message);
  }

  /** Returns whether anything is at the path. @throws AccessControlException if the caller may not read it */
  async isReadable(call: CallOrigin, path: string): Promise<boolean> {
    return await this.driver.read(Stat.isReadable, { caller: await this.callerOf(call), path });
  }

  #caller(call: CallOrigin, groups: readonly string[]): Caller {
    const key = `${call.user}\n${call.remoteAddress}`;
    const known = this.#callers.get(key);
    if (known?.groups === groups) return known.caller;
    const superuser = this.#superusers.has(call.user, groups);
    const caller: Caller = { user: call.user, groups, superuser, address: call.remoteAddress };
    if (this.#callers.size > CALLERS_MAX) this.#callers.clear();
    this.#callers.set(key, { groups, caller });
    return caller;
  }
}
