/** Checks permissions (Hadoop: FSPermissionChecker). */
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { permissionString } from '../../runtime/format.ts';
import type { Caller } from '../command/caller.ts';
import { type INode, type INodeDirectory, pathOf } from './inode.ts';
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
   * Access to all directories of the subtree that are not empty. WRITE also checks the sticky bit of each of them,
   * because the operation removes their entries.
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
 * @param checkSub checks the subtree of a directory
 * @throws AccessControlException
 */
export function checkPermission(
  iip: INodesInPath,
  caller: Caller,
  wanted: AccessCheck,
  checkSub: (root: INodeDirectory, access: number) => void,
): void {
  if (caller.superuser) return;
  const last = lastINode(iip);
  const depth = iip.components.length;
  if (((wanted.parent ?? 0) & WRITE) !== 0 && depth > 0 && last !== undefined) checkStickyBit(iip, last, caller);
  if (wanted.ancestor !== undefined && depth > 0) {
    check(iip, Math.min(iip.inodes.length - 1, depth - 1), caller, wanted.ancestor);
  }
  if (wanted.parent !== undefined && depth > 0) check(iip, depth - 1, caller, wanted.parent);
  if (wanted.access !== undefined) check(iip, depth, caller, wanted.access);
  if (wanted.sub !== undefined && last?.kind === 'directory') checkSub(last, wanted.sub);
  if (wanted.owner && last !== undefined && last.owner !== caller.user) {
    throw hadoopError(
      'AccessControlException',
      `Permission denied. user=${caller.user} is not the owner of inode=${iip.path}`,
    );
  }
}

/** Checks the caller's access to one directory. @throws AccessControlException */
export function checkDirectory(directory: INodeDirectory, caller: Caller, access: number): void {
  if (!hasPermission(directory, caller, access)) throw denied(directory, pathOf(directory), caller, access);
}

function check(iip: INodesInPath, index: number, caller: Caller, access: number): void {
  const inode = iip.inodes[index];
  if (inode === undefined || hasPermission(inode, caller, access)) return;
  throw denied(inode, prefixPath(iip, index), caller, access);
}

/** Returns the exception that refuses a caller an access. */
export function denied(inode: INode, path: string, caller: Caller, access: number): HadoopError {
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

export const isSticky = (directory: INode): boolean => (directory.permission & STICKY) !== 0;

export const keepsEntryFrom = (caller: Caller, directory: INode, entry: INode): boolean =>
  isSticky(directory) && directory.owner !== caller.user && entry.owner !== caller.user;

export function deniedBySticky(
  caller: Caller,
  entry: INode,
  path: string,
  parent: INode,
  parentPath: string,
): HadoopError {
  const describe = (inode: INode, at: string) => `"${at}":${inode.owner}:${inode.group}:${typeAndPermission(inode)}`;
  return hadoopError(
    'AccessControlException',
    `Permission denied by sticky bit: user=${caller.user}, path=${describe(entry, path)}, ` +
      `parent=${describe(parent, parentPath)}`,
  );
}
