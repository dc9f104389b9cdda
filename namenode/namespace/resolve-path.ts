/** Looks paths up on behalf of a caller. */

import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { Caller } from '../command/caller.ts';
import type { Reading } from '../command/reading.ts';
import { deepestINode, type INodesInPath } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { checkValidName } from './path.ts';
import { type AccessCheck, checkPermission, checkTraverse } from './permissions.ts';

/**
 * Looks a path up for a caller (FSDirectory.resolvePath): the directories on the way are checked.
 * @throws InvalidPathException, AccessControlException; ParentNotDirectoryException if the path is to be created
 */
export function resolvePath(
  s: NamespaceState,
  caller: Caller,
  path: string,
  purpose: 'READ' | 'WRITE' | 'CREATE',
): INodesInPath {
  if (purpose === 'CREATE') checkValidName(path);
  const iip = s.tree.resolve(path);
  try {
    checkTraverse(iip, s.config.permissionsEnabled ? caller : { ...caller, superuser: true });
  } catch (e) {
    // Only an operation that creates something may reveal that a parent is a file.
    if (purpose === 'CREATE' || !isHadoopError(e, 'ParentNotDirectoryException')) throw e;
    throw hadoopError('AccessControlException', e.message, e);
  }
  return iip;
}

/** Looks a path up for a question: the answer shows every inode on the way, or that the path ends before its last name. */
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

/** @throws AccessControlException */
export function checkAccess(s: NamespaceState, iip: INodesInPath, caller: Caller, wanted: AccessCheck): void {
  if (s.config.permissionsEnabled) checkPermission(iip, caller, wanted);
}
