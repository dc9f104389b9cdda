/** The user on whose behalf an operation runs. */

export interface Caller {
  readonly user: string;
  /** The groups of the user, the primary group first. */
  readonly groups: readonly string[];
  /** True for the user that runs the NameNode and for the members of dfs.permissions.superusergroup. */
  readonly superuser: boolean;
  /** The IP address of the client. */
  readonly address: string;
}
