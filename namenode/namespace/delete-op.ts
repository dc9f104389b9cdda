/** Deletes a path. Its inode leaves the tree at once, and the inodes below are removed in slices. */
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { blockDeleted } from '../blocks/block-manager.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import type { INode } from './inode.ts';
import { lastINode } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { ALL, WRITE } from './permissions.ts';
import { checkAccess, resolvePath } from './resolve-path.ts';

/** Number of inodes that one command or one slice removes, which takes a few milliseconds. */
export const DELETE_SLICE_INODES = 1000;

export interface DeleteRequest {
  readonly caller: Caller;
  readonly path: string;
  readonly recursive: boolean;
}

/**
 * Deletes a path (FSDirDeleteOp.delete). Returns false if nothing is there, and for the root.
 * @throws PathIsNotEmptyDirectoryException, AccessControlException, SafeModeException
 */
export function deletePath(s: NamespaceState, tx: Transaction, request: DeleteRequest): boolean {
  const { caller, path } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot delete ${path}`);
  const iip = resolvePath(s, caller, path, 'WRITE');
  const inode = lastINode(iip);
  checkAccess(s, iip, caller, { parent: WRITE, sub: ALL });
  if (inode?.kind === 'directory' && !request.recursive && inode.children.size > 0) {
    throw hadoopError('PathIsNotEmptyDirectoryException', `\`${iip.path} is non empty': Directory is not empty`);
  }
  if (iip.path === '/.reserved') throw hadoopError('InvalidPathException', `Invalid path name ${iip.path}`);
  if (inode === undefined || inode === s.tree.root) return false;
  removeSubtree(s, tx, inode);
  if (tx.keepsEvents) tx.event({ type: 'UNLINK', path: iip.path });
  return true;
}

/** Takes an inode out of the tree at once, and removes the inodes below it in slices. */
export function removeSubtree(s: NamespaceState, tx: Transaction, inode: INode): void {
  const parent = inode.parent;
  invariant(parent !== undefined, 'the root is not removed');
  s.tree.detach(inode);
  tx.touchChildren(parent);
  tx.touch(inode);
  s.deleted.push(inode);
  removeSlice(s, tx, DELETE_SLICE_INODES);
  if (s.deleted.includes(inode)) tx.markDeleted(inode);
}

/** Removes up to `limit` inodes of subtrees that left the tree, the deepest first. */
export function removeSlice(s: NamespaceState, tx: Transaction, limit: number): void {
  let budget = limit;
  while (budget > 0) {
    const top = s.deleted.at(-1);
    if (top === undefined) return;
    let at: INode = top;
    for (let child = firstChild(at); child !== undefined; child = firstChild(at)) at = child;
    if (at === top) {
      s.deleted.pop();
      tx.unmarkDeleted(top);
    } else s.tree.detach(at);
    forgetINode(s, tx, at);
    budget--;
  }
  if (s.deleted.length > 0) tx.moreWork();
}

function firstChild(inode: INode): INode | undefined {
  return inode.kind === 'directory' ? inode.children.first() : undefined;
}

function forgetINode(s: NamespaceState, tx: Transaction, inode: INode): void {
  tx.removeINode(inode);
  s.tree.unregister(inode);
  if (inode.kind !== 'file') return;
  s.leases.remove(inode.id);
  for (const block of inode.blocks) blockDeleted(s.blockManager, block);
}
