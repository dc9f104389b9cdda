/** The rules that say who may call a method of the NameNode, and the check of the rules that need no path. */
import type { Method } from '../../../protocol/method.ts';
import type { RpcCall } from '../../../protocol/rpc/handler.ts';

/** Rights as in `rwx`: `r` to read, `w` to change, `rx` to list, `rwx` for all of these. */
export type Rights = 'r' | 'w' | 'rx' | 'rwx';

/**
 * The rights that a caller needs on the path of a request, beside the right to enter all directories above the path.
 * The names are those of Hadoop's FSPermissionChecker.
 */
export interface PathRights {
  /** The caller owns the file or directory. */
  readonly owner?: true;
  readonly access?: Rights;
  readonly parent?: Rights;
  /** Rights on the deepest directory of the path that exists. */
  readonly ancestor?: Rights;
  /** Rights on every directory of the subtree; `delete` needs none on directories that are empty. */
  readonly sub?: Rights;
}

export type AccessRule<Q = unknown> =
  /** Any user. */
  | { readonly kind: 'anyone' }
  /** Superusers; everybody if `operationOf` returns nothing for the request. */
  | { readonly kind: 'superuser'; operationOf(request: Q): string | undefined }
  /** Users with these rights on the path. The operation itself checks them, on the inodes that it finds there. */
  | { readonly kind: 'path'; readonly rights: PathRights }
  /** Clients that name the holder of the file's lease. */
  | { readonly kind: 'leaseHolder' }
  /** Nodes that know the ids of the namespace. */
  | { readonly kind: 'datanode' };

/** The rule of each method of the generated table `T`. The compiler refuses a method that is missing or unknown. */
export type AccessTable<T> = {
  readonly [K in keyof T as T[K] extends Method<infer _Q, infer _S> ? K : never]: T[K] extends Method<infer Q, infer _S>
    ? AccessRule<Q>
    : never;
};

export const ANYONE: AccessRule<unknown> = { kind: 'anyone' };
export const LEASE_HOLDER: AccessRule<unknown> = { kind: 'leaseHolder' };
export const DATANODE: AccessRule<unknown> = { kind: 'datanode' };

/** A rule for superusers. The operation is named as in the message of Hadoop's exception. */
export const superuser = (operation: string): AccessRule<unknown> => ({
  kind: 'superuser',
  operationOf: () => operation,
});

/** A rule for users that have rights on a path; without any, those that may enter the directories above. */
export const byPath = (rights: PathRights = {}): AccessRule<unknown> => ({ kind: 'path', rights });

/** @throws AccessControlException if the user of the call is no superuser */
export type CheckSuperuser = (call: RpcCall, operation: string) => void | Promise<void>;

/**
 * Checks a call by the rule of its method, as far as the rule needs no path.
 * @throws AccessControlException
 */
export function checkRule<Q>(
  rule: AccessRule<Q>,
  request: Q,
  call: RpcCall,
  checkSuperuser: CheckSuperuser,
): void | Promise<void> {
  const operation = rule.kind === 'superuser' ? rule.operationOf(request) : undefined;
  if (operation !== undefined) return checkSuperuser(call, operation);
}
