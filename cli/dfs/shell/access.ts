/** Whether a user may read or write a path, for -test -r and -w. */
import fs from 'node:fs/promises';
import type { FileSystem } from '../../../client/filesystem/file-system.ts';
import type { Method } from '../../../protocol/method.ts';
import { errorCode, isHadoopError, isNoSuchFile } from '../../../runtime/errors.ts';
import { isLocal } from '../paths/file-systems.ts';
import type { PathData } from '../paths/path-data.ts';

/** Values of fs.constants and of FsActionProto alike. */
export const READ = 4;
export const WRITE = 2;
type Action = typeof READ | typeof WRITE;

/** Codes by which the operating system says no. Any other failure leaves the question open. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** A file system that can be asked by RPC: DistributedFileSystem. */
interface NameNodeCaller {
  call<Q, S>(method: Method<Q, S>, request: Q): Promise<S>;
}

/** Whether the user may read or write a path. The operating system or the NameNode is asked, because they decide. */
export async function mayAccess(item: PathData, action: Action, user: string): Promise<boolean> {
  if (isLocal(item.fs)) return mayAccessLocally(item.path, action);
  const remote = item.fs as FileSystem & Partial<NameNodeCaller>;
  if (!remote.call) return hasPermission(item, action, user);
  const { checkAccess } = await import('../../../protocol/gen/client-namenode.ts');
  try {
    await remote.call(checkAccess, { path: item.path, mode: action });
    return true;
  } catch (e) {
    if (isHadoopError(e, 'AccessControlException') || isHadoopError(e, 'FileNotFoundException')) return false;
    if (isHadoopError(e, 'RpcNoSuchMethodException')) return hasPermission(item, action, user);
    throw e;
  }
}

async function mayAccessLocally(path: string, action: Action): Promise<boolean> {
  try {
    await fs.access(path, action);
    return true;
  } catch (e) {
    if (isNoSuchFile(e) || REFUSALS.has(errorCode(e))) return false;
    throw e;
  }
}

/** Decides by the mode, for a file system that can't be asked. The user counts as a member of every group, because groups are unknown here. */
function hasPermission(item: PathData, action: Action, user: string): boolean {
  const { owner, permission } = item.required;
  const bits = owner === user ? permission >> 6 : (permission >> 3) | permission;
  return (bits & action) !== 0;
}
