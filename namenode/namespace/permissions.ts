/** Checks permissions (Hadoop: FSPermissionChecker). */
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { permissionString } from '../../runtime/format.ts';
import type { Caller } from '../command/caller.ts';
import type { INode, INodeDirectory } from './inode.ts';
import { type INodesInPath, lastINode, prefixPath } from './inode-tree.ts';

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;
export const READ_EXECUTE = READ | EXECUTE;
export const ALL = 7;
const STICKY = 0o1000;
const ACTION_NAMES = ['NONE', 'EXECUTE', 'WRITE', 'WRITE_EXECUTE', 'READ', 'READ_EXECUTE', 'READ_WRITE', 'ALL'];

/** The permissions that an operation needs. The names are those of FSPermissionChecker.checkPermission. */
export interface AccessCheck {
  /** Access to the deepest directory that exists. */
  readonly ancestor?: number;
  /** Access to the parent, which must exist. WRITE also checks the sticky bit. */
  readonly parent?: number;
  /** Access to the inode itself, if it exists. */
  readonly access?: number;
  /**
   * Access to the inode and to all directories below that are not empty. WRITE also checks the sticky bit of each of
   * them, because the operation removes their entries.
   */
  readonly sub?: number;
  readonly owner?: boolean;
}

/** Returns true if the caller has all bits of `access` on the inode. Does not treat superusers specially. */
export function hasPermission(inode: INode, caller: Caller, access: number): boolean {
  if (caller.user === inode.owner) return ((inode.permission >> 6) & access) === access;
  if (caller.groups.includes(inode.group)) return ((inode.permission >> 3) & access) === access;
  return (inode.permission & access) === access;
}

/**
 * Checks that every parent is a directory that the caller may enter. Superusers may enter all.
 * @throws ParentNotDirectoryException, AccessControlException
 */
export function checkTraverse(iip: INodesInPath, caller: Caller): void {
  for (let i = 0; i < iip.components.length; i++) {
    const inode = iip.inodes[i];
    if (inode === undefined) return;
    if (inode.kind !== 'directory') {
      throw hadoopError('ParentNotDirectoryException', `${prefixPath(iip, i)} (is not a directory)`);
    }
    if (!caller.superuser) check(iip, i, caller, EXECUTE);
  }
}

/**
 * Carries out the checks of FSPermissionChecker in its order. checkTraverse() comes before.
 * @throws AccessControlException
 */
export function checkPermission(iip: INodesInPath, caller: Caller, wanted: AccessCheck): void {
  if (caller.superuser) return;
  const last = lastINode(iip);
  const depth = iip.components.length;
  if (((wanted.parent ?? 0) & WRITE) !== 0 && depth > 0 && last !== undefined) checkStickyBit(iip, last, caller);
  if (wanted.ancestor !== undefined && depth > 0) {
    check(iip, Math.min(iip.inodes.length - 1, depth - 1), caller, wanted.ancestor);
  }
  if (wanted.parent !== undefined && depth > 0) check(iip, depth - 1, caller, wanted.parent);
  if (wanted.access !== undefined) check(iip, depth, caller, wanted.access);
  if (wanted.sub !== undefined && last !== undefined) checkSubAccess(last, iip.path, caller, wanted.sub);
  if (wanted.owner && last !== undefined && last.owner !== caller.user) {
    throw hadoopError(
      'AccessControlException',
      `Permission denied. user=${caller.user} is not the owner of inode=${iip.path}`,
    );
  }
}

function check(iip: INodesInPath, index: number, caller: Caller, access: number): void {
  const inode = iip.inodes[index];
  if (inode === undefined || hasPermission(inode, caller, access)) return;
  throw denied(inode, prefixPath(iip, index), caller, access);
}

function denied(inode: INode, path: string, caller: Caller, access: number) {
  const attributes = `${inode.owner}:${inode.group}:${typeAndPermission(inode)}`;
  return hadoopError(
    'AccessControlException',
    `Permission denied: user=${caller.user}, access=${ACTION_NAMES[access]}, inode="${path}":${attributes}`,
  );
}

const typeAndPermission = (inode: INode) =>
  (inode.kind === 'directory' ? 'd' : '-') + permissionString(inode.permission);

/** In a sticky directory, only the owner of an entry or of the directory may remove or rename the entry. */
function checkStickyBit(iip: INodesInPath, last: INode, caller: Caller): void {
  const parent = iip.inodes[iip.inodes.length - 2];
  if (parent === undefined || !keepsEntryFrom(caller, parent, last)) return;
  throw deniedBySticky(caller, last, iip.path, parent, prefixPath(iip, iip.components.length - 1));
}

const isSticky = (directory: INode): boolean => (directory.permission & STICKY) !== 0;

const keepsEntryFrom = (caller: Caller, directory: INode, entry: INode): boolean =>
  isSticky(directory) && directory.owner !== caller.user && entry.owner !== caller.user;

function deniedBySticky(caller: Caller, entry: INode, path: string, parent: INode, parentPath: string): HadoopError {
  const describe = (inode: INode, at: string) => `"${at}":${inode.owner}:${inode.group}:${typeAndPermission(inode)}`;
  return hadoopError(
    'AccessControlException',
    `Permission denied by sticky bit: user=${caller.user}, path=${describe(entry, path)}, ` +
      `parent=${describe(parent, parentPath)}`,
  );
}

/**
 * Checks a subtree (FSPermissionChecker.checkSubAccess).
 * @throws AccessControlException that names the first directory that refuses
 */
function checkSubAccess(inode: INode, path: string, caller: Caller, access: number): void {
  if (inode.kind !== 'directory') return;
  const pending: { directory: INodeDirectory; path: string }[] = [{ directory: inode, path: path === '/' ? '' : path }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { directory } = next;
    if (directory.children.size === 0) continue;
    if (!hasPermission(directory, caller, access)) throw denied(directory, next.path || '/', caller, access);
    const mayKeep = (access & WRITE) !== 0 && isSticky(directory);
    for (const child of directory.children) {
      if (mayKeep && keepsEntryFrom(caller, directory, child)) {
        throw deniedBySticky(caller, child, `${next.path}/${child.name}`, directory, next.path || '/');
      }
      if (child.kind === 'directory') pending.push({ directory: child, path: `${next.path}/${child.name}` });
    }
  }
}
