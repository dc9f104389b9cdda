import { hadoopError } from '../protocol/errors.ts';
import { type BlockInfo, blockName, liveReplicas, REPLICA_FINALIZED } from './block-info.ts';
import { becomeComplete, blockDeleted, commitBlock, replicaReported } from './block-manager.ts';
import { type INodeFile, pathOf } from './inode.ts';
import { type INodesInPath, lastINode } from './inode-tree.ts';
import { leaseString } from './lease-manager.ts';
import { type Caller, WRITE } from './permissions.ts';
import { checkAccess, checkNameNodeSafeMode, type NamesystemState, resolvePath, type Transaction } from './state.ts';

/** HdfsServerConstants.LEASE_RECOVER_PERIOD: a block recovery that was not heard of is begun again after it. */
export const LEASE_RECOVER_PERIOD_MS = 10_000;
/** After so many the NameNode decides by what it knows: a file must not stay open for ever. */
const RECOVERY_ATTEMPTS_MAX = 5;

export type RecoverLeaseOp = 'CREATE_FILE' | 'APPEND_FILE' | 'TRUNCATE_FILE' | 'RECOVER_LEASE';

/** `/x (inode 16386) Holder C does not have any open files.`, the tail of every lease failure. */
function leaseExceptionString(s: NamesystemState, path: string, fileId: number, holder: string): string {
  const lease = s.leases.ofHolder(holder);
  const rest = lease === undefined ? `Holder ${holder} does not have any open files.` : leaseString(lease);
  return `${path} (inode ${fileId}) ${rest}`;
}

/** The open file that the holder may change. @throws FileNotFoundException, LeaseExpiredException */
export function checkLease(s: NamesystemState, iip: INodesInPath, holder: string, fileId: number): INodeFile {
  const tail = () => leaseExceptionString(s, iip.path, fileId, holder);
  const inode = lastINode(iip);
  if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${tail()}`);
  if (inode.kind !== 'file') throw hadoopError('LeaseExpiredException', `INode is not a regular file: ${tail()}`);
  const writer = inode.underConstruction;
  if (writer === undefined) throw hadoopError('LeaseExpiredException', `File is not open for writing: ${tail()}`);
  if (writer.clientName !== holder) {
    throw hadoopError(
      'LeaseExpiredException',
      `Client (=${holder}) is not the lease owner (=${writer.clientName}: ${tail()}`,
    );
  }
  return inode;
}

/**
 * FSNamesystem.recoverLeaseInternal: takes a file from a writer that was silent for the soft limit (or at once with
 * `force`). True when the file is closed by it.
 * @throws AlreadyBeingCreatedException while the writer lives, RecoveryInProgressException while blocks are recovered
 */
export function recoverLeaseInternal(
  s: NamesystemState,
  tx: Transaction,
  op: RecoverLeaseOp,
  iip: INodesInPath,
  holder: string,
  clientMachine: string,
  force: boolean,
): boolean {
  const file = lastINode(iip);
  if (file?.kind !== 'file' || file.underConstruction === undefined) return true;
  const because = (reason: string) => `Failed to ${op} ${iip.path} for ${holder} on ${clientMachine} because ${reason}`;
  const owner = file.underConstruction;
  const lease = s.leases.ofFile(file.id);
  if (!force && owner.clientName === holder) {
    throw hadoopError('AlreadyBeingCreatedException', because(`${holder} is already the current lease holder.`));
  }
  if (lease === undefined) {
    throw hadoopError('AlreadyBeingCreatedException', because('the file is under construction but no leases found.'));
  }
  if (force) return internalReleaseLease(s, tx, file, holder);
  if (s.leases.expiredSoftLimit(lease, tx.now)) {
    if (internalReleaseLease(s, tx, file)) return true;
    throw hadoopError('RecoveryInProgressException', because('lease recovery is in progress. Try again later.'));
  }
  if (file.blocks.at(-1)?.recovery !== undefined) {
    const other = `another recovery is in progress by ${owner.clientName} on ${owner.clientMachine}`;
    throw hadoopError('RecoveryInProgressException', because(other));
  }
  throw hadoopError(
    'AlreadyBeingCreatedException',
    because(`this file lease is currently owned by ${owner.clientName} on ${owner.clientMachine}`),
  );
}

/**
 * Closes a file whose writer is gone, when its blocks allow it; otherwise has the last block recovered by a DataNode
 * of its pipeline, meanwhile under the lease of `newHolder`, so that the writer can't go on. True when the file is
 * closed. Nothing acknowledged is dropped: only a last block that no DataNode ever got is.
 */
export function internalReleaseLease(
  s: NamesystemState,
  tx: Transaction,
  file: INodeFile,
  newHolder?: string,
): boolean {
  const last = file.blocks.at(-1);
  if (last === undefined || file.blocks.every((b) => b.state === 'COMPLETE')) {
    finalizeFile(s, tx, file);
    return true;
  }
  if (last.state === 'COMPLETE') return false;
  if (last.state === 'COMMITTED') return false;
  const expected = last.expected ?? [];
  if (last.replicas.length === 0 && last.numBytes === 0 && expected.length === 0) {
    removeLastBlock(s, tx, file, last);
    return internalReleaseLease(s, tx, file);
  }
  if (newHolder !== undefined) reassignLease(s, tx, file, newHolder);
  return recoverBlock(s, tx, file, last);
}

function reassignLease(s: NamesystemState, tx: Transaction, file: INodeFile, newHolder: string): void {
  if (file.underConstruction === undefined || file.underConstruction.clientName === newHolder) return;
  file.underConstruction = { ...file.underConstruction, clientName: newHolder };
  s.leases.add(newHolder, file.id, tx.now);
  tx.touch(file);
}

function recoverBlock(s: NamesystemState, tx: Transaction, file: INodeFile, block: BlockInfo): boolean {
  const before = block.recovery;
  if (before !== undefined && tx.now - before.startedMs < LEASE_RECOVER_PERIOD_MS) return false;
  const attempts = (before?.attempts ?? 0) + 1;
  const finalized = (block.expected ?? []).filter((e) => e.state === REPLICA_FINALIZED && e.storage.datanode.alive);
  if (attempts > RECOVERY_ATTEMPTS_MAX && finalized.length > 0) {
    // The pipeline's DataNodes don't recover it, but some of them have it whole.
    const length = Math.min(...finalized.map((e) => e.numBytes));
    commitBlock(s, tx, block, length);
    return internalReleaseLease(s, tx, file);
  }
  const primary = (block.expected ?? [])
    .filter((e) => e.storage.datanode.alive)
    .sort((a, b) => b.storage.datanode.lastHeartbeatMs - a.storage.datanode.lastHeartbeatMs)
    .at((attempts - 1) % Math.max(1, block.expected?.length ?? 1));
  const id = ++s.counters.generationStamp;
  tx.countersChanged();
  block.recovery = { id, startedMs: tx.now, attempts };
  if (primary !== undefined) primary.storage.datanode.recoveries.push(block);
  tx.log('info', `Lease recovery of ${pathOf(file)}: recovery ${id} of ${blockName(block)} begins`);
  return false;
}

/** The file is closed: its lease ends. */
export function finalizeFile(s: NamesystemState, tx: Transaction, file: INodeFile): void {
  file.underConstruction = undefined;
  file.modificationTimeMs = tx.now;
  s.leases.remove(file.id);
  tx.touch(file);
  for (const block of file.blocks) s.redundancy.update(block);
}

export function removeLastBlock(s: NamesystemState, tx: Transaction, file: INodeFile, block: BlockInfo): void {
  const index = file.blocks.length - 1;
  file.blocks.pop();
  tx.removeBlock(file.id, index, block);
  tx.touch(file);
  blockDeleted(s, block);
}

export interface CommitBlockSynchronizationRequest {
  readonly blockId: number;
  /** As messages name it. */
  readonly blockName: string;
  readonly newGenStamp: number;
  readonly newLength: number;
  readonly closeFile: boolean;
  readonly deleteBlock: boolean;
  /** The storages that now have the recovered replica. */
  readonly targets: readonly { readonly datanodeUuid: string; readonly storageUuid: string }[];
}

/** What a DataNode's block recovery came to (DatanodeProtocol.commitBlockSynchronization). */
export function commitBlockSynchronization(
  s: NamesystemState,
  tx: Transaction,
  request: CommitBlockSynchronizationRequest,
): void {
  checkNameNodeSafeMode(s, tx.now, 'Cannot commitBlockSynchronization while in safe mode');
  const block = s.blocks.get(request.blockId);
  if (block === undefined) {
    if (request.deleteBlock) return;
    throw hadoopError('IOException', `Block (=${request.blockName}) not found`);
  }
  const file = block.file;
  if (file?.underConstruction === undefined || block.state === 'COMPLETE') return;
  if (block.recovery?.id !== request.newGenStamp) {
    throw hadoopError(
      'IOException',
      `The recovery id ${request.newGenStamp} does not match current recovery id ${block.recovery?.id ?? 0} ` +
        `for block ${s.config.blockPoolId}:${blockName(block)}`,
    );
  }
  if (request.deleteBlock) {
    if (file.blocks.at(-1) === block) removeLastBlock(s, tx, file, block);
  } else {
    block.genStamp = request.newGenStamp;
    for (const storage of [...block.replicas]) storage.blocks.delete(block);
    block.replicas = [];
    block.expected = [];
    block.recovery = undefined;
    commitBlock(s, tx, block, request.newLength);
    for (const target of request.targets) {
      const storage = s.datanodes.get(target.datanodeUuid)?.storages.get(target.storageUuid);
      const { newGenStamp: genStamp, newLength: numBytes } = request;
      const replica = { id: block.id, genStamp, numBytes, state: REPLICA_FINALIZED };
      if (storage !== undefined) replicaReported(s, tx, storage, replica);
    }
    if (block.expected !== undefined && liveReplicas(block) > 0) becomeComplete(s, block, tx.now);
  }
  if (request.closeFile) internalReleaseLease(s, tx, file);
}

/** @throws SafeModeException */
export function renewLease(s: NamesystemState, tx: Transaction, request: { readonly clientName: string }): void {
  checkNameNodeSafeMode(s, tx.now, `Cannot renew lease for ${request.clientName}`);
  s.leases.renew(request.clientName, tx.now);
}

/** `hdfs debug recoverLease`: true when the file is closed now. */
export function recoverLease(
  s: NamesystemState,
  tx: Transaction,
  request: { readonly caller: Caller; readonly path: string; readonly clientName: string },
): boolean {
  const { caller, path, clientName } = request;
  checkNameNodeSafeMode(s, tx.now, `Cannot recover the lease of ${path}`);
  const iip = resolvePath(s, caller, path, 'WRITE');
  const inode = lastINode(iip);
  if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
  if (inode.kind !== 'file') throw hadoopError('FileNotFoundException', `Path is not a file: ${iip.path}`);
  if (inode.underConstruction === undefined) return true;
  checkAccess(s, iip, caller, { access: WRITE });
  return recoverLeaseInternal(s, tx, 'RECOVER_LEASE', iip, clientName, caller.address, true);
}
