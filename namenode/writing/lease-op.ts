/** Checks, renews and recovers leases. */
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { blockDeleted } from '../blocks/block-manager.ts';
import { recoverBlock } from '../blocks/block-recovery.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { BlockInfo } from '../blocks/locations/model.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { setFeature } from '../namespace/features.ts';
import { type INodeFile, pathOf } from '../namespace/inode.ts';
import { type INodesInPath, lastINode } from '../namespace/inode-tree.ts';
import { leaseString, NAMENODE_LEASE_HOLDER } from '../namespace/lease-manager.ts';
import { WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import type { WritingState } from './writing-state.ts';

export type RecoverLeaseOp = 'CREATE_FILE' | 'APPEND_FILE' | 'TRUNCATE_FILE' | 'RECOVER_LEASE';

/**
 * Returns the last part of every lease error's message, such as `/x (inode 16386) Holder C does not have any open
 * files.`
 */
function leaseExceptionString(s: WritingState, path: string, fileId: number, holder: string): string {
  const lease = s.namespace.leases.ofHolder(holder);
  const rest = lease === undefined ? `Holder ${holder} does not have any open files.` : leaseString(lease);
  return `${path} (inode ${fileId}) ${rest}`;
}

/**
 * Returns the open file at the path if the holder has its lease.
 * @throws FileNotFoundException, LeaseExpiredException
 */
export function checkLease(s: WritingState, iip: INodesInPath, holder: string, fileId: number): INodeFile {
  const tail = () => leaseExceptionString(s, iip.path, fileId, holder);
  const inode = lastINode(iip);
  if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${tail()}`);
  if (inode.kind !== 'file') throw hadoopError('LeaseExpiredException', `INode is not a regular file: ${tail()}`);
  const writer = inode.features?.underConstruction;
  if (writer === undefined) throw hadoopError('LeaseExpiredException', `File is not open for writing: ${tail()}`);
  if (writer.clientName !== holder) {
    throw hadoopError(
      'LeaseExpiredException',
      `Client (=${holder}) is not the lease owner (=${writer.clientName}: ${tail()}`,
    );
  }
  return inode;
}

/** Returns a function that makes the message of a failed lease recovery (RecoverLeaseOp.getExceptionMessage). */
export const becauseOf =
  (op: RecoverLeaseOp, iip: INodesInPath, holder: string, clientMachine: string) =>
  (reason: string): string =>
    `Failed to ${op} ${iip.path} for ${holder} on ${clientMachine} because ${reason}`;

/**
 * Takes a file from a writer that was silent for the soft limit, or at once with `force`
 * (FSNamesystem.recoverLeaseInternal). Returns true if the file is now closed.
 * @throws AlreadyBeingCreatedException while the writer is alive, RecoveryInProgressException while a block is
 * recovered
 */
export function recoverLeaseInternal(
  s: WritingState,
  tx: Transaction,
  op: RecoverLeaseOp,
  iip: INodesInPath,
  holder: string,
  clientMachine: string,
  force: boolean,
): boolean {
  const file = lastINode(iip);
  if (file?.kind !== 'file' || file.features?.underConstruction === undefined) return true;
  const because = becauseOf(op, iip, holder, clientMachine);
  const owner = file.features?.underConstruction;
  const lease = s.namespace.leases.ofFile(file.id);
  if (!force && owner.clientName === holder) {
    throw hadoopError('AlreadyBeingCreatedException', because(`${holder} is already the current lease holder.`));
  }
  if (lease === undefined) {
    throw hadoopError('AlreadyBeingCreatedException', because('the file is under construction but no leases found.'));
  }
  if (force) return internalReleaseLease(s, tx, file, holder);
  if (s.namespace.leases.expiredSoftLimit(lease, tx.now)) {
    if (internalReleaseLease(s, tx, file)) return true;
    throw hadoopError('RecoveryInProgressException', because('lease recovery is in progress. Try again later.'));
  }
  if (file.blocks.at(-1)?.state === 'UNDER_RECOVERY') {
    const other = `another recovery is in progress by ${owner.clientName} on ${owner.clientMachine}`;
    throw hadoopError('RecoveryInProgressException', because(other));
  }
  throw hadoopError(
    'AlreadyBeingCreatedException',
    because(`this file lease is currently owned by ${owner.clientName} on ${owner.clientMachine}`),
  );
}

/**
 * Closes a file whose writer is gone, if its blocks allow that (FSNamesystem.internalReleaseLease). Otherwise begins
 * the recovery of the last block, under the lease of `newHolder`, so that the old writer cannot continue. Returns true
 * if the file is closed.
 * No acknowledged data is lost: the last block is removed only if no DataNode ever received it.
 * @throws AlreadyBeingCreatedException while the block before the last has too few replicas
 */
export function internalReleaseLease(s: WritingState, tx: Transaction, file: INodeFile, newHolder?: string): boolean {
  const last = file.blocks.at(-1);
  if (last === undefined || file.blocks.every((b) => b.state === 'COMPLETE')) {
    finalizeFile(s, tx, file);
    return true;
  }
  const penultimate = file.blocks.at(-2);
  if ((last.state === 'COMMITTED' || last.state === 'COMPLETE') && penultimate && penultimate.state !== 'COMPLETE') {
    throw hadoopError(
      'AlreadyBeingCreatedException',
      `DIR* NameSystem.internalReleaseLease: Failed to release lease for file ${pathOf(file)}. ` +
        'Committed blocks are waiting to be minimally replicated.',
    );
  }
  if (isNeverWritten(last)) {
    removeLastBlock(s, tx, file, last);
    return internalReleaseLease(s, tx, file, newHolder);
  }
  recoverBlock(s.blockManager, tx, last);
  if (newHolder !== undefined) reassignLease(s, tx, file, newHolder);
  else if (file.features?.underConstruction !== undefined)
    s.namespace.leases.renew(file.features?.underConstruction.clientName, tx.now);
  return false;
}

/**
 * Returns true if no DataNode was ever asked to store the block. DataNodes of a stored pipeline may hold a part of it.
 */
const isNeverWritten = (block: BlockInfo): boolean =>
  block.numBytes === 0 &&
  block.replicas.length === 0 &&
  (block.expected ?? []).length === 0 &&
  (block.pipeline ?? []).length === 0;

/** Gives the lease of an open file to another holder. */
export function reassignLease(s: WritingState, tx: Transaction, file: INodeFile, newHolder: string): void {
  if (file.features?.underConstruction === undefined || file.features?.underConstruction.clientName === newHolder)
    return;
  setFeature(file, 'underConstruction', { ...file.features?.underConstruction, clientName: newHolder });
  s.namespace.leases.add(newHolder, file.id, tx.now);
  tx.touch(file);
}

/** Closes a file and ends its lease. */
export function finalizeFile(s: WritingState, tx: Transaction, file: INodeFile): void {
  setFeature(file, 'underConstruction', undefined);
  file.modificationTimeMs = tx.wallMs;
  s.namespace.leases.remove(file.id);
  tx.touch(file);
  for (const block of file.blocks) s.blockManager.redundancy.update(block);
}

/** Removes the last block of a file, and orders the deletion of its replicas. */
export function removeLastBlock(s: WritingState, tx: Transaction, file: INodeFile, block: BlockInfo): void {
  const index = file.blocks.length - 1;
  file.blocks.pop();
  tx.removeBlock(file.id, index, block);
  tx.touch(file);
  blockDeleted(s.blockManager, block);
}

/**
 * Renews the lease of a client.
 * @throws SafeModeException
 */
export function renewLease(s: WritingState, tx: Transaction, request: { readonly clientName: string }): void {
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot renew lease for ${request.clientName}`);
  s.namespace.leases.renew(request.clientName, tx.now);
}

/** Closes the files whose writers were silent for the hard limit, or begins the recovery of their last blocks. */
export function checkLeases(s: WritingState, tx: Transaction): void {
  for (const lease of s.namespace.leases.expiredHardLimit(tx.now)) {
    for (const fileId of [...lease.files]) {
      const file = s.namespace.tree.file(fileId);
      if (file === undefined) s.namespace.leases.remove(fileId);
      else releaseExpired(s, tx, file, lease.holder);
    }
  }
}

function releaseExpired(s: WritingState, tx: Transaction, file: INodeFile, holder: string): void {
  try {
    if (!internalReleaseLease(s, tx, file, NAMENODE_LEASE_HOLDER)) return;
    tx.log('info', `Lease of ${holder} expired: ${pathOf(file)} closed`);
  } catch (e) {
    // The next check of leases tries again.
    if (!isHadoopError(e, 'AlreadyBeingCreatedException')) throw e;
    reassignLease(s, tx, file, NAMENODE_LEASE_HOLDER);
  }
}

/** Recovers the lease of a file at once (`hdfs debug recoverLease`). Returns true if the file is now closed. */
export function recoverLease(
  s: WritingState,
  tx: Transaction,
  request: { readonly caller: Caller; readonly path: string; readonly clientName: string },
): boolean {
  const { caller, path, clientName } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot recover the lease of ${path}`);
  const iip = resolvePath(s.namespace, caller, path, 'WRITE');
  const inode = lastINode(iip);
  if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
  if (inode.kind !== 'file') throw hadoopError('FileNotFoundException', `Path is not a file: ${iip.path}`);
  if (inode.features?.underConstruction === undefined) return true;
  checkAccess(s.namespace, iip, caller, { access: WRITE });
  return recoverLeaseInternal(s, tx, 'RECOVER_LEASE', iip, clientName, caller.address, true);
}
