/** Looks up paths on behalf of a caller. */

import { HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { Caller } from '../command/caller.ts';
import type { Reading } from '../command/reading.ts';
import { deepestINode, type INodesInPath } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { checkValidName } from './path.ts';
import { type AccessCheck, checkPermission, checkTraverse } from './permissions.ts';
import { CURRENT_STATE_ID } from './snapshot-id.ts';

/**
 * Looks up a path for a caller, and checks that the caller may enter its parents (FSDirectory.resolvePath).
 * @param snapshotId the state of the tree to look in
 * @throws InvalidPathException, AccessControlException, SnapshotAccessControlException; ParentNotDirectoryException if
 * the path is to be created
 */
export function resolvePath(
  s: NamespaceState,
  caller: Caller,
  path: string,
  purpose: 'READ' | 'WRITE' | 'CREATE',
  snapshotId = CURRENT_STATE_ID,
): INodesInPath {
  if (purpose === 'CREATE') checkValidName(path);
  const iip = s.tree.resolve(path, snapshotId);
  if (purpose !== 'READ') checkWritable(iip);
  try {
    checkTraverse(iip, s.config.permissionsEnabled ? caller : { ...caller, superuser: true });
  } catch (e) {
    // Only an operation that creates something may reveal that a parent is a file.
    if (purpose === 'CREATE' || !isHadoopError(e, 'ParentNotDirectoryException')) throw e;
    throw hadoopError('AccessControlException', e.message, e);
  }
  return iip;
}

/**
 * Refuses to change a snapshot.
 * @throws SnapshotAccessControlException if the path is in a snapshot
 */
function checkWritable(iip: INodesInPath): void {
  if (iip.snapshotId === CURRENT_STATE_ID) return;
  throw new HadoopError(
    'org.apache.hadoop.hdfs.protocol.SnapshotAccessControlException',
    'Modification on a read-only snapshot is disallowed',
  );
}

/**
 * Looks up a path for a question, and notes that the answer shows every inode of the path. The answer also shows the
 * children of the deepest inode, because the next name of the path may not be among them.
 */
export function resolveForReading(
  s: NamespaceState,
  reading: Reading,
  request: { readonly caller: Caller; readonly path: string },
): INodesInPath {
  const iip = resolvePath(s, request.caller, request.path, 'READ');
  for (const inode of iip.inodes) reading.saw(inode);
  const deepest = deepestINode(iip);
  if (deepest.kind === 'directory') reading.sawChildren(deepest);
  return iip;
}

/**
 * Checks the permissions that an operation needs, if dfs.permissions.enabled is set.
 * @throws AccessControlException
 */
export function checkAccess(s: NamespaceState, iip: INodesInPath, caller: Caller, wanted: AccessCheck): void {
  if (!s.config.permissionsEnabled) return;
  checkPermission(iip, caller, wanted, (root, access) => s.subtreeChecks.check(root, caller, access));
}
