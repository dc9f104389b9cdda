/** The superusers of HDFS, by the same rule on every daemon (FSPermissionChecker and DataNode.checkSuperuserPrivilege). */
import type { Configuration } from '../conf/configuration.ts';
import { hadoopError } from './errors.ts';
import type { Groups } from './groups.ts';

/**
 * The user that runs a daemon, and the members of dfs.permissions.superusergroup. As in Hadoop,
 * dfs.cluster.administrators makes nobody a superuser.
 */
export class Superusers {
  readonly #owner: string;
  readonly #supergroup: string;
  readonly #checksPermissions: boolean;
  readonly #groups: Groups;

  /** @param options.user the user that runs the daemon */
  constructor({ user, conf, groups }: { user: string; conf: Configuration; groups: Groups }) {
    this.#owner = user;
    this.#supergroup = conf.get('dfs.permissions.superusergroup');
    this.#checksPermissions = conf.get('dfs.permissions.enabled');
    this.#groups = groups;
  }

  has(user: string, groups: readonly string[]): boolean {
    return user === this.#owner || groups.includes(this.#supergroup);
  }

  /**
   * Refuses a user that is not a superuser, at once if the user's groups are known. Everybody passes if
   * dfs.permissions.enabled is false.
   * @throws AccessControlException in the words of Hadoop's operations for administrators; IOException if the groups
   * can't be looked up
   */
  check(user: string, operation: string): void | Promise<void> {
    if (!this.#checksPermissions || user === this.#owner) return;
    const groups = this.#groups.of(user);
    if (groups instanceof Promise) return groups.then((known) => this.#refuse(user, known, operation));
    this.#refuse(user, groups, operation);
  }

  #refuse(user: string, groups: readonly string[], operation: string): void {
    if (this.has(user, groups)) return;
    throw hadoopError(
      'AccessControlException',
      `Access denied for user ${user}. Superuser privilege is required for operation ${operation}`,
    );
  }
}
