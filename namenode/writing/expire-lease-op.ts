import { hadoopError } from '../../runtime/errors.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { NAMENODE_LEASE_HOLDER } from '../namespace/lease-manager.ts';
import type { Caller } from '../namespace/permissions.ts';
import { checkNameNodeSafeMode, type NamesystemState, resolvePath, type Transaction } from '../namesystem/state.ts';
import { internalReleaseLease } from './lease-op.ts';

/**
 * `calf fault expire-lease`: does to one file what happens when its writer was silent for the hard limit. True when the
 * file is closed by it; false while its last block is recovered.
 * @throws FileNotFoundException, SafeModeException, IOException for a file that nobody writes
 */
export function expireLease(
  s: NamesystemState,
  tx: Transaction,
  request: { readonly caller: Caller; readonly path: string },
): boolean {
  const iip = resolvePath(s, request.caller, request.path, 'READ');
  const file = lastINode(iip);
  if (file === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
  if (file.kind !== 'file') throw hadoopError('FileNotFoundException', `Path is not a file: ${iip.path}`);
  checkNameNodeSafeMode(s, tx.now, `Cannot expire the lease of ${iip.path}`);
  if (file.underConstruction === undefined) {
    throw hadoopError('IOException', `${iip.path} is not open for writing: only a file being written has a lease`);
  }
  tx.log('info', `The lease of ${iip.path} expires by calf fault`);
  return internalReleaseLease(s, tx, file, NAMENODE_LEASE_HOLDER);
}
