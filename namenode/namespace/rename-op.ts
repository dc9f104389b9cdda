/** Renames files and directories. */
import { parentPath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { removeSubtree } from './delete-op.ts';
import type { INode, INodeDirectory } from './inode.ts';
import { type INodesInPath, lastINode, lastName, parentINode } from './inode-tree.ts';
import { verifyComponent, verifyDirectoryItems } from './mkdir-op.ts';
import type { NamespaceState } from './namespace-state.ts';
import { checkPathLength } from './path.ts';
import { ALL, WRITE } from './permissions.ts';
import { checkAccess, resolvePath } from './resolve-path.ts';

export interface RenameRequest {
  readonly caller: Caller;
  readonly source: string;
  readonly destination: string;
}

/**
 * Renames as the older RPC method does (FSDirRenameOp's deprecated renameTo). If the destination is a directory, the
 * source is moved into it. Nearly every conflict returns false instead of an exception.
 */
export function rename(s: NamespaceState, tx: Transaction, request: RenameRequest): boolean {
  const { caller, source, destination } = request;
  checkPathLength('rename', destination);
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot rename ${source}`);
  const src = resolvePath(s, caller, source, 'WRITE');
  let dst = resolvePath(s, caller, destination, 'CREATE');
  if (lastINode(dst)?.kind === 'directory') {
    dst = resolvePath(s, caller, `${dst.path === '/' ? '' : dst.path}/${lastName(src)}`, 'WRITE');
  }
  checkAccess(s, src, caller, { parent: WRITE });
  checkAccess(s, dst, caller, { ancestor: WRITE });
  const inode = lastINode(src);
  if (inode === undefined || inode === s.tree.root) return false;
  if (dst.path === src.path) return true;
  const parent = parentINode(dst);
  if (isUnder(src, dst) || isReserved(src, dst)) return false;
  if (lastINode(dst) !== undefined || parent?.kind !== 'directory') return false;
  move(s, tx, inode, parent, dst);
  if (tx.keepsEvents) tx.event({ type: 'RENAME', path: src.path, destination: dst.path });
  return true;
}

export interface Rename2Request extends RenameRequest {
  readonly overwrite: boolean;
  /** The trash is emptied by a superuser later, so the caller must be allowed to delete the source (HDFS-8312). */
  readonly moveToTrash?: boolean;
}

/**
 * Renames as in POSIX (rename2). A destination that is replaced is removed, so its parent's sticky bit is checked.
 * Hadoop does not check this bit.
 * @throws FileNotFoundException, FileAlreadyExistsException, ParentNotDirectoryException, IOException
 */
export function rename2(s: NamespaceState, tx: Transaction, request: Rename2Request): void {
  const { caller, source, destination, overwrite, moveToTrash } = request;
  checkPathLength('rename', destination);
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot rename ${source}`);
  const src = resolvePath(s, caller, source, 'WRITE');
  const dst = resolvePath(s, caller, destination, 'CREATE');
  checkAccess(s, src, caller, moveToTrash ? { parent: WRITE, sub: ALL } : { parent: WRITE });
  checkAccess(s, dst, caller, { ancestor: WRITE });
  const inode = lastINode(src);
  if (inode === undefined) {
    throw hadoopError('FileNotFoundException', `rename source ${src.path} is not found.`);
  }
  if (inode === s.tree.root) throw hadoopError('IOException', 'rename source cannot be the root');
  if (dst.path === src.path) {
    throw hadoopError('FileAlreadyExistsException', `The source ${src.path} and destination ${dst.path} are the same`);
  }
  validateDestination(src, dst);
  const existing = lastINode(dst);
  if (existing !== undefined) {
    validateOverwrite(src, dst, overwrite, inode, existing);
    checkAccess(s, dst, caller, { parent: WRITE });
  }
  const parent = parentINode(dst);
  if (parent === undefined) {
    throw hadoopError('FileNotFoundException', `rename destination parent ${dst.path} not found.`);
  }
  if (parent.kind !== 'directory') {
    throw hadoopError('ParentNotDirectoryException', `rename destination parent ${dst.path} is a file.`);
  }
  move(s, tx, inode, parent, dst, existing);
  if (tx.keepsEvents) tx.event({ type: 'RENAME', path: src.path, destination: dst.path });
}

const isUnder = (src: INodesInPath, dst: INodesInPath): boolean => dst.path.startsWith(`${src.path}/`);
const isReserved = (src: INodesInPath, dst: INodesInPath): boolean =>
  src.path === '/.reserved' || dst.path === '/.reserved';

function validateDestination(src: INodesInPath, dst: INodesInPath): void {
  if (isUnder(src, dst)) {
    throw hadoopError('IOException', `Rename destination ${dst.path} is a directory or file under source ${src.path}`);
  }
  if (isReserved(src, dst)) {
    throw hadoopError('InvalidPathException', 'Invalid path name Cannot rename to or from /.reserved');
  }
  if (dst.components.length === 0) throw hadoopError('IOException', 'rename destination cannot be the root');
}

function validateOverwrite(
  src: INodesInPath,
  dst: INodesInPath,
  overwrite: boolean,
  source: INode,
  existing: INode,
): void {
  if (existing.kind !== source.kind) {
    throw hadoopError('IOException', `Source ${src.path} and destination ${dst.path} must both be directories`);
  }
  if (!overwrite) {
    throw hadoopError('FileAlreadyExistsException', `rename destination ${dst.path} already exists`);
  }
  if (existing.kind === 'directory' && existing.children.size > 0) {
    throw hadoopError('IOException', `rename destination directory is not empty: ${dst.path}`);
  }
}

/**
 * Moves the inode to the destination and replaces the existing inode there. Only name and size limits are still to be
 * checked.
 */
function move(
  s: NamespaceState,
  tx: Transaction,
  inode: INode,
  parent: INodeDirectory,
  dst: INodesInPath,
  existing?: INode,
): void {
  const name = lastName(dst);
  verifyComponent(s, name, parentPath(dst.path));
  if (inode.parent !== parent) verifyDirectoryItems(s, parent, parentPath(dst.path));
  if (existing !== undefined) removeSubtree(s, tx, existing);
  if (inode.parent !== undefined) tx.touchChildren(inode.parent);
  s.tree.detach(inode);
  inode.name = name;
  s.tree.addChild(parent, inode);
  tx.touch(inode);
  tx.touchChildren(parent);
}
