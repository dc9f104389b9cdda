/** Makes directories, and checks the names and limits of new inodes. */
import { parentPath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { type INode, type INodeDirectory, newDirectory, pathOf } from './inode.ts';
import { deepestINode, type INodesInPath, lastINode, parentINode, prefixPath } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { WRITE } from './permissions.ts';
import { checkAccess, resolvePath } from './resolve-path.ts';

/** Write and execute for the owner, so that names can be created in a directory that was made as a parent. */
const IMPLICIT_UWX = 0o300;

export interface MkdirsRequest {
  readonly caller: Caller;
  readonly path: string;
  /** The permission after the client's umask. */
  readonly permission: number;
  readonly createParent: boolean;
}

/**
 * Makes a directory and, with createParent, its missing parents (FSDirMkdirOp.mkdirs). Returns true even if the
 * directory exists.
 * @throws FileAlreadyExistsException if the path is a file, ParentNotDirectoryException if one of its parents is a file
 */
export function mkdirs(s: NamespaceState, tx: Transaction, request: MkdirsRequest): boolean {
  const { caller, path } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot create directory ${path}`);
  const iip = resolvePath(s, caller, path, 'CREATE');
  const last = lastINode(iip);
  if (last?.kind === 'file') {
    throw hadoopError('FileAlreadyExistsException', `Path is not a directory: ${iip.path}`);
  }
  if (last !== undefined) return true;
  checkAccess(s, iip, caller, { ancestor: WRITE });
  if (!request.createParent) verifyParentDir(iip);
  const permission = request.permission & 0o1777;
  const parent = createParentDirectories(s, tx, iip, caller, permission | IMPLICIT_UWX);
  addDirectory(s, tx, parent, iip, iip.components.length, caller, permission);
  return true;
}

/**
 * Makes the missing parents of a path, after checks of all names and limits.
 * @param permission the permission of the new directories; undefined: each has the permission of its parent, with write
 * and execute for the owner
 */
export function createParentDirectories(
  s: NamespaceState,
  tx: Transaction,
  iip: INodesInPath,
  caller: Caller,
  permission: number | undefined,
): INodeDirectory {
  let at = deepestINode(iip);
  if (at.kind !== 'directory') {
    throw hadoopError('ParentNotDirectoryException', `Parent path is not a directory: ${iip.path}`);
  }
  verifyNames(s, at, iip, iip.inodes.length);
  for (let depth = iip.inodes.length; depth < iip.components.length; depth++) {
    at = addDirectory(s, tx, at, iip, depth, caller, permission ?? at.permission | IMPLICIT_UWX);
  }
  return at;
}

function addDirectory(
  s: NamespaceState,
  tx: Transaction,
  parent: INodeDirectory,
  iip: INodesInPath,
  depth: number,
  caller: Caller,
  permission: number,
): INodeDirectory {
  const directory = newDirectory({
    id: ++s.blockManager.counters.lastInodeId,
    name: iip.components[depth - 1] ?? '',
    owner: caller.user,
    // As in BSD, a new inode has the group of its parent.
    group: parent.group,
    permission,
    modificationTimeMs: tx.wallMs,
    accessTimeMs: 0,
  });
  addINode(s, tx, parent, directory);
  return directory;
}

/** Adds a new inode to the tree. Its name and parent must have been checked. */
export function addINode(s: NamespaceState, tx: Transaction, parent: INodeDirectory, inode: INode): void {
  s.tree.addChild(parent, inode);
  s.tree.register(inode);
  if (tx.keepsEvents) tx.event({ type: 'CREATE', path: pathOf(inode), isDirectory: inode.kind === 'directory' });
  tx.countersChanged();
  tx.touch(inode);
  tx.touchChildren(parent);
}

/** Checks the limits for the names from the `from`th on. The first of them is to be created in `existing`. */
function verifyNames(s: NamespaceState, existing: INodeDirectory, iip: INodesInPath, from: number): void {
  for (let i = from; i <= iip.components.length; i++) {
    verifyComponent(s, iip.components[i - 1] ?? '', prefixPath(iip, i - 1));
  }
  verifyDirectoryItems(s, existing, prefixPath(iip, from - 1));
  if (iip.components[0] === '.reserved') {
    throw hadoopError(
      'HadoopIllegalArgumentException',
      'File name ".reserved" is reserved and cannot be created. If this is during upgrade change the name of the ' +
        'existing file or directory to another name before upgrading to the new release.',
    );
  }
}

/**
 * Checks one name.
 * @throws HadoopIllegalArgumentException for a reserved name, PathComponentTooLongException
 */
export function verifyComponent(s: NamespaceState, name: string, directoryPath: string): void {
  if (name === '.snapshot') throw hadoopError('HadoopIllegalArgumentException', '".snapshot" is a reserved name.');
  const max = s.config.componentLengthMax;
  const length = Buffer.byteLength(name);
  if (max > 0 && length > max) {
    throw hadoopError(
      'PathComponentTooLongException',
      `The maximum path component name limit of ${name} in directory ${directoryPath} is exceeded: ` +
        `limit=${max} length=${length}`,
    );
  }
}

/**
 * Checks that one more entry fits into the directory.
 * @throws MaxDirectoryItemsExceededException
 */
export function verifyDirectoryItems(s: NamespaceState, directory: INodeDirectory, path: string): void {
  const max = s.config.directoryItemsMax;
  if (directory.children.size < max) return;
  throw hadoopError(
    'MaxDirectoryItemsExceededException',
    `The directory item limit of ${path} is exceeded: limit=${max} items=${directory.children.size + 1}`,
  );
}

/**
 * Checks that the parent of the path is a directory.
 * @throws FileNotFoundException, ParentNotDirectoryException
 */
export function verifyParentDir(iip: INodesInPath): void {
  const parent = parentINode(iip);
  if (iip.components.length <= 1) return;
  const path = parentPath(iip.path);
  if (parent === undefined) throw hadoopError('FileNotFoundException', `Parent directory doesn't exist: ${path}`);
  if (parent.kind !== 'directory') {
    throw hadoopError('ParentNotDirectoryException', `Parent path is not a directory: ${path}`);
  }
}
