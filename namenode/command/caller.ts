/** The user on whose behalf an operation runs. */
import { hadoopError } from '../../runtime/errors.ts';

export interface Caller {
  readonly user: string;
  /** The groups of the user, the primary group first. */
  readonly groups: readonly string[];
  /** True for the user that runs the NameNode and for the members of dfs.permissions.superusergroup. */
  readonly superuser: boolean;
  /** The IP address of the client. */
  readonly address: string;
}

/**
 * Refuses a caller that is not a superuser.
 * @throws AccessControlException in the words of Hadoop's operations for administrators
 */
export function checkSuperuser(caller: Caller, operation: string): void {
  if (caller.superuser) return;
  throw hadoopError(
    'AccessControlException',
    `Access denied for user ${caller.user}. Superuser privilege is required for operation ${operation}`,
  );
}
