/** Fault injection: ends the lease of a file. */
import { hadoopError } from '../../runtime/errors.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { NAMENODE_LEASE_HOLDER } from '../namespace/lease-manager.ts';
import { resolvePath } from '../namespace/resolve-path.ts';
import { internalReleaseLease } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

/**
 * Expires the lease of a file, as if its writer had been silent for the hard limit (`calf fault expire-lease`). Returns
 * true if the file is now closed, and false if its last block is being recovered.
 * @throws FileNotFoundException, SafeModeException, IOException for a file that is not open for writing
 */
export function expireLease(
  s: WritingState,
  tx: Transaction,
  request: { readonly caller: Caller; readonly path: string },
): boolean {
  const iip = resolvePath(s.namespace, request.caller, request.path, 'READ');
  const file = lastINode(iip);
  if (file === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
  if (file.kind !== 'file') throw hadoopError('FileNotFoundException', `Path is not a file: ${iip.path}`);
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot expire the lease of ${iip.path}`);
  if (file.features?.underConstruction === undefined) {
    throw hadoopError('IOException', `${iip.path} is not open for writing: only a file being written has a lease`);
  }
  tx.log('info', `The lease of ${iip.path} expires by calf fault`);
  return internalReleaseLease(s, tx, file, NAMENODE_LEASE_HOLDER);
}
