/** The operations that change attributes of inodes: permission, owner, times and replication. */
import { hadoopError } from '../../runtime/errors.ts';
import { settle } from '../blocks/block-manager.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { verifyReplication } from '../blocks/verify-replication.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import type { INode } from './inode.ts';
import { type INodesInPath, lastINode } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { WRITE } from './permissions.ts';
import { checkAccess, resolvePath } from './resolve-path.ts';

export interface AttrRequest {
  readonly caller: Caller;
  readonly path: string;
}

/**
 * Looks up a path whose inode the caller must own.
 * @throws AccessControlException if the caller does not own the inode
 */
function owned(s: NamespaceState, request: AttrRequest): INodesInPath {
  const iip = resolvePath(s, request.caller, request.path, 'WRITE');
  checkAccess(s, iip, request.caller, { owner: true });
  return iip;
}

/** @throws FileNotFoundException if the path does not exist */
function inodeAt(iip: INodesInPath): INode {
  const inode = lastINode(iip);
  if (inode === undefined) {
    throw hadoopError('FileNotFoundException', `Directory/File does not exist ${iip.path}`);
  }
  return inode;
}

/**
 * Sets the permission bits of an inode, including the sticky bit.
 * @throws SafeModeException, FileNotFoundException, AccessControlException
 */
export function setPermission(
  s: NamespaceState,
  tx: Transaction,
  request: AttrRequest & { readonly permission: number },
): void {
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot set permission for ${request.path}`);
  const inode = inodeAt(owned(s, request));
  inode.permission = request.permission & 0o1777;
  tx.touch(inode);
  s.tree.watcher?.attributesChanged(inode);
}

/**
 * Changes the owner and the group of an inode; '' and undefined leave one unchanged. Only a superuser may change the
 * owner. The owner may change the group to one of its own groups.
 */
export function setOwner(
  s: NamespaceState,
  tx: Transaction,
  request: AttrRequest & { readonly owner: string | undefined; readonly group: string | undefined },
): void {
  const { caller, owner, group } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot set owner for ${request.path}`);
  const iip = owned(s, request);
  if (s.config.permissionsEnabled && !caller.superuser) {
    if (owner && owner !== caller.user) {
      throw hadoopError(
        'AccessControlException',
        `User ${caller.user} is not a super user (non-super user cannot change owner).`,
      );
    }
    if (group && !caller.groups.includes(group)) {
      throw hadoopError('AccessControlException', `User ${caller.user} does not belong to ${group}`);
    }
  }
  const inode = inodeAt(iip);
  inode.owner = owner || inode.owner;
  inode.group = group || inode.group;
  tx.touch(inode);
  s.tree.watcher?.attributesChanged(inode);
}

/**
 * Sets the times of an inode, in ms since the epoch; -1 leaves a time unchanged.
 * @throws FileNotFoundException if the path does not exist
 */
export function setTimes(
  s: NamespaceState,
  tx: Transaction,
  request: AttrRequest & { readonly modificationTimeMs: number; readonly accessTimeMs: number },
): void {
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot set times ${request.path}`);
  const iip = resolvePath(s, request.caller, request.path, 'WRITE');
  checkAccess(s, iip, request.caller, { access: WRITE });
  const inode = lastINode(iip);
  if (inode === undefined) {
    throw hadoopError('FileNotFoundException', `File/Directory ${iip.path} does not exist.`);
  }
  if (request.modificationTimeMs >= 0) inode.modificationTimeMs = request.modificationTimeMs;
  if (request.accessTimeMs >= 0) inode.accessTimeMs = request.accessTimeMs;
  tx.touch(inode);
}

/** Sets the replication of a file. Its replicas are added or deleted later. Returns false if the path is not a file. */
export function setReplication(
  s: NamespaceState,
  tx: Transaction,
  request: AttrRequest & { readonly replication: number },
): boolean {
  const { caller, path, replication } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot set replication for ${path}`);
  verifyReplication(s.blockManager, path, replication);
  const iip = resolvePath(s, caller, path, 'WRITE');
  checkAccess(s, iip, caller, { access: WRITE });
  const file = lastINode(iip);
  if (file?.kind !== 'file') return false;
  if (file.replication === replication) return true;
  file.replication = replication;
  tx.touch(file);
  for (const block of file.blocks) settle(s.blockManager, block);
  return true;
}

/**
 * Updates the access time of a file that is being read, if the recorded time is older than
 * dfs.namenode.accesstime.precision.
 */
export function noteAccess(s: NamespaceState, tx: Transaction, request: AttrRequest): void {
  const precision = s.config.accessTimePrecisionMs;
  const inode = lastINode(s.tree.resolve(request.path));
  if (precision === 0 || s.blockManager.safeMode.isOn || inode?.kind !== 'file') return;
  if (tx.wallMs <= inode.accessTimeMs + precision) return;
  inode.accessTimeMs = tx.wallMs;
  tx.touch(inode);
}

/** Returns true if noteAccess() would change the access time. */
export function accessIsOld(s: NamespaceState, iip: INodesInPath, now: number): boolean {
  const inode = lastINode(iip);
  const precision = s.config.accessTimePrecisionMs;
  return (
    inode?.kind === 'file' && precision > 0 && !s.blockManager.safeMode.isOn && now > inode.accessTimeMs + precision
  );
}
