/** Ends a block recovery with the result that the primary DataNode reports. */
import { hadoopError } from '../../runtime/errors.ts';
import { becomeComplete, commitBlock, replicaReported } from '../blocks/block-manager.ts';
import { expectReplicas, isWorthless } from '../blocks/block-recovery.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { REPLICA_FINALIZED } from '../blocks/locations/block-info.ts';
import { leaveBehind } from '../blocks/locations/block-map.ts';
import type { BlockInfo, StorageInfo } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import { type INodeFile, isUnderRoot, pathOf } from '../namespace/inode.ts';
import { NAMENODE_LEASE_HOLDER } from '../namespace/lease-manager.ts';
import { finalizeFile, reassignLease, removeLastBlock } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

export interface CommitBlockSynchronizationRequest {
  readonly blockId: number;
  /** The name of the block as messages show it. */
  readonly blockName: string;
  readonly newGenStamp: number;
  readonly newLength: number;
  readonly closeFile: boolean;
  readonly deleteBlock: boolean;
  /** The storages that now hold the recovered replica. */
  readonly targets: readonly { readonly datanodeUuid: string; readonly storageUuid: string }[];
}

/**
 * Processes the result of a block recovery (FSNamesystem.commitBlockSynchronization). The block gets the length and
 * generation stamp of the recovered replicas, and the file is closed.
 * @throws IOException for a recovery that a later one has replaced, SafeModeException
 */
export function commitBlockSynchronization(
  s: WritingState,
  tx: Transaction,
  request: CommitBlockSynchronizationRequest,
): void {
  checkNameNodeSafeMode(s.blockManager, tx.now, 'Cannot commitBlockSynchronization while in safe mode');
  const block = s.blockManager.blocks.get(request.blockId);
  if (block === undefined) {
    // The request is repeated after its success.
    if (request.deleteBlock) return;
    throw hadoopError('IOException', `Block (=${request.blockName}) not found`);
  }
  const file = block.file && s.namespace.tree.file(block.file.id);
  if (file === undefined || !isUnderRoot(file, s.namespace.tree.root)) {
    const path = file === undefined ? request.blockName : pathOf(file);
    throw hadoopError('FileNotFoundException', `File not found: ${path}, likely due to delayed block removal`);
  }
  if (file.features?.underConstruction === undefined || block.state === 'COMPLETE') return;
  const recoveryId = block.recovery?.id ?? 0;
  if (block.state !== 'UNDER_RECOVERY' || recoveryId !== request.newGenStamp) {
    throw hadoopError(
      'IOException',
      `The recovery id ${request.newGenStamp} does not match current recovery id ${recoveryId} ` +
        `for block ${request.blockName}`,
    );
  }
  const targets = targetStorages(s, request);
  if (isWorthless(s.blockManager, block, targets, tx.now)) {
    throw hadoopError('IOException', `The recovery ${recoveryId} of block ${request.blockName} is of corrupt replicas`);
  }
  s.blockManager.recovering.delete(block);
  if (request.deleteBlock) {
    if (file.blocks.at(-1) === block) removeLastBlock(s, tx, file, block);
  } else synchronize(s, tx, block, request, targets);
  if (request.closeFile) closeFile(s, tx, file);
}

function targetStorages(s: WritingState, request: CommitBlockSynchronizationRequest): StorageInfo[] {
  return request.targets.flatMap((target): StorageInfo[] => {
    const storages = s.blockManager.datanodes.get(target.datanodeUuid)?.storages;
    const storage = storages?.get(target.storageUuid) ?? storages?.values().next().value;
    return storage === undefined ? [] : [storage];
  });
}

function synchronize(
  s: WritingState,
  tx: Transaction,
  block: BlockInfo,
  request: CommitBlockSynchronizationRequest,
  targets: readonly StorageInfo[],
): void {
  const { newGenStamp: genStamp, newLength: numBytes } = request;
  // A replica that was not recovered now has an old generation stamp, and will be deleted.
  leaveBehind(
    block,
    targets.map((storage) => storage.datanode),
  );
  block.recovery = undefined;
  block.truncateTo = undefined;
  block.pipeline = undefined;
  block.genStamp = genStamp;
  block.numBytes = numBytes;
  expectReplicas(block, targets);
  if (!request.closeFile) {
    block.state = 'UNDER_CONSTRUCTION';
    tx.touchBlock(block);
    return;
  }
  commitBlock(s.blockManager, tx, block, numBytes);
  for (const storage of targets) {
    replicaReported(s.blockManager, tx, storage, { id: block.id, genStamp, numBytes, state: REPLICA_FINALIZED });
  }
  // The recovery proves that the replicas exist, even if they are few. More copies are made afterwards.
  if (block.expected !== undefined) becomeComplete(s.blockManager, block, tx.now);
}

function closeFile(s: WritingState, tx: Transaction, file: INodeFile): void {
  if (file.blocks.every((b) => b.state === 'COMPLETE')) finalizeFile(s, tx, file);
  // The block before the last still waits for replicas. The check of leases closes the file when it has them.
  else reassignLease(s, tx, file, NAMENODE_LEASE_HOLDER);
}
