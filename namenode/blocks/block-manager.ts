/**
 * Takes in reports of single replicas, and settles each block: too many replicas, too few, or corrupt ones (BlockManager).
 */
import type { Transaction } from '../command/transaction.ts';
import { blockName, isCorrupt, liveReplicas, REPLICA_FINALIZED, replicasThere, usableReplicas } from './block-info.ts';
import { addReplica, clearCorrupt, markCorrupt, removeReplica } from './block-map.ts';
import type { BlockManagerState } from './block-state.ts';
import { checkReplicaCorrupt, deletableCorrupt } from './corrupt-replicas.ts';
import { decrementScheduled } from './datanode-descriptor.ts';
import { type ArrivedReplica, chooseReplicasToDelete } from './excess-redundancy.ts';
import { invalidate, invalidateExcess, isToBeDeleted, takeBackExcess } from './invalidate-blocks.ts';
import type { BlockInfo, CorruptReason, CorruptReplica, DatanodeDescriptor, StorageInfo } from './model.ts';
import { wantedReplicas } from './redundancy.ts';

/** One replica as a DataNode reports it. `state` is ReplicaStateProto's number. */
export interface ReportedReplica {
  readonly id: number;
  readonly genStamp: number;
  readonly numBytes: number;
  readonly state: number;
}

/**
 * Takes in a DataNode's report of one replica.
 * @param hint the storage from which a replica is deleted first when there are too many
 */
export function replicaReported(
  s: BlockManagerState,
  tx: Transaction,
  storage: StorageInfo,
  replica: ReportedReplica,
  hint?: StorageInfo,
): void {
  const { datanode } = storage;
  const block = s.blocks.get(replica.id);
  if (block === undefined) {
    // A block that this namespace has not given out yet is somebody's data: an older store may have been put back.
    if (replica.id > s.counters.lastBlockId) tx.log('warn', `Unknown future block blk_${replica.id}: left alone`);
    else invalidate(datanode, replica.id, replica.genStamp);
    return;
  }
  if (isToBeDeleted(datanode, replica.id, replica.genStamp, () => isNeeded(block))) return;
  if (block.expected !== undefined) noteExpected(block, storage, replica);
  const reason = checkReplicaCorrupt(block, replica) ?? knownCorrupt(datanode, replica);
  if (reason !== undefined) {
    storedReplicaCorrupt(s, tx, block, storage, { reason, genStamp: replica.genStamp });
    return;
  }
  if (replica.state !== REPLICA_FINALIZED || replica.genStamp !== block.genStamp) return;
  addStoredReplica(s, tx, block, storage, hint);
}

/** Bytes that were found wrong stay wrong, also when their DataNode was lost meanwhile. */
function knownCorrupt(datanode: DatanodeDescriptor, replica: ReportedReplica): CorruptReason | undefined {
  return datanode.knownCorrupt.get(replica.id) === replica.genStamp ? 'CORRUPTION_REPORTED' : undefined;
}

/** Whether another good replica would not be one too many. */
const isNeeded = (block: BlockInfo): boolean =>
  block.state !== 'COMPLETE' || liveReplicas(block) < wantedReplicas(block);

/** Keeps the replica of a pipeline's DataNode until the block is complete, for readers and for recovery. */
function noteExpected(block: BlockInfo, storage: StorageInfo, replica: ReportedReplica): void {
  const expected = block.expected ?? [];
  const at = expected.findIndex((e) => e.storage.datanode === storage.datanode);
  const known = expected[at];
  if (known === undefined) {
    // After a restart a higher one is known when the pipeline was rebuilt but not yet told.
    if (replica.genStamp >= block.genStamp) {
      expected.push({ storage, state: replica.state, genStamp: replica.genStamp, numBytes: replica.numBytes });
    }
  } else if (replica.genStamp >= known.genStamp) {
    // The DataNode may have chosen another of its volumes.
    const merged = { storage, state: replica.state, genStamp: replica.genStamp, numBytes: replica.numBytes };
    if (replica.genStamp === known.genStamp && known.state === REPLICA_FINALIZED) merged.state = known.state;
    expected[at] = merged;
  }
}

function addStoredReplica(
  s: BlockManagerState,
  tx: Transaction,
  block: BlockInfo,
  storage: StorageInfo,
  hint?: StorageInfo,
): void {
  const added = addReplica(block, storage);
  // A replica of a wrong generation may have been replaced; bytes that were found wrong stay wrong (addStoredBlock).
  const healed = block.corrupt?.get(storage)?.reason === 'GENSTAMP_MISMATCH';
  if (healed) clearCorrupt(block, storage);
  s.redundancy.removePending(block, storage);
  if (!added && !healed) return;
  if (added) decrementScheduled(storage.datanode);
  if (block.state === 'COMMITTED') maybeComplete(s, block, tx.now);
  else if (block.state === 'COMPLETE') {
    noteSafe(s, block);
    settle(s, block, { added: storage, hint });
  }
}

/** The client has told the block's final length. */
export function commitBlock(s: BlockManagerState, tx: Transaction, block: BlockInfo, numBytes: number): void {
  block.numBytes = numBytes;
  block.state = 'COMMITTED';
  tx.touchBlock(block);
  for (const replica of block.expected ?? []) {
    if (replica.state !== REPLICA_FINALIZED || replica.genStamp !== block.genStamp) continue;
    if (replica.numBytes === numBytes || !block.replicas.includes(replica.storage)) continue;
    markCorrupt(block, replica.storage, { reason: 'SIZE_MISMATCH', genStamp: replica.genStamp });
  }
  maybeComplete(s, block, tx.now);
}

/** COMMITTED and with enough replicas: COMPLETE. Replicas of the pipeline that are on their way are waited for. */
function maybeComplete(s: BlockManagerState, block: BlockInfo, now: number): void {
  if (block.state === 'COMMITTED' && usableReplicas(block) >= block.layout.storagesMin(s.config.replicationMin))
    becomeComplete(s, block, now);
}

export function becomeComplete(s: BlockManagerState, block: BlockInfo, now: number): void {
  const awaited = (block.expected ?? [])
    .map((e) => e.storage)
    .filter((e) => e.datanode.alive && !block.replicas.some((r) => r.datanode === e.datanode));
  block.state = 'COMPLETE';
  block.expected = undefined;
  block.pipeline = undefined;
  block.truncateTo = undefined;
  block.recovery = undefined;
  s.safeMode.blocksTotal++;
  noteSafe(s, block);
  s.redundancy.addPending(block, awaited, now);
  settle(s, block);
}

/** Keeps safe mode's count of blocks that are there (BlockManager.countLiveNodes). */
export function noteSafe(s: BlockManagerState, block: BlockInfo): void {
  const count = s.safeMode.isStartup ? replicasThere(block) : usableReplicas(block);
  const isSafe = block.state === 'COMPLETE' && count >= block.layout.storagesMin(s.config.replicationMin);
  if (isSafe === block.isSafe) return;
  block.isSafe = isSafe;
  s.safeMode.blocksSafe += isSafe ? 1 : -1;
}

/** Acts on the number of replicas: excess and corrupt ones are deleted, missing ones are put on the list. */
export function settle(s: BlockManagerState, block: BlockInfo, arrived: ArrivedReplica = {}): void {
  if (s.safeMode.isStartup) return;
  const wanted = wantedReplicas(block);
  if (wanted > 0) {
    if (block.excess !== undefined) {
      for (const storage of takeBackExcess(block, wanted - liveReplicas(block))) addReplica(block, storage);
      noteSafe(s, block);
    }
    for (const storage of chooseReplicasToDelete(block, wanted, s.lastTickMs, s.config, arrived)) {
      removeReplica(block, storage);
      invalidateExcess(block, storage);
    }
    for (const [storage, { genStamp }] of deletableCorrupt(
      block,
      wanted,
      block.layout.storagesMin(s.config.replicationMin),
    )) {
      removeReplica(block, storage);
      invalidate(storage.datanode, block.id, genStamp);
    }
  }
  s.redundancy.update(block);
}

/** A reader or a DataNode found the replica's bytes wrong, or its report does not fit the block. */
export function storedReplicaCorrupt(
  s: BlockManagerState,
  tx: Transaction,
  block: BlockInfo,
  storage: StorageInfo,
  replica: CorruptReplica,
): void {
  addReplica(block, storage);
  if (isCorrupt(block, storage)) return;
  markCorrupt(block, storage, replica);
  s.redundancy.removePending(block, storage);
  const { reason, genStamp } = replica;
  if (reason === 'CORRUPTION_REPORTED') storage.datanode.knownCorrupt.set(block.id, genStamp);
  const { id } = storage.datanode;
  tx.log(
    'warn',
    `Corrupt replica of ${blockName(block)} on ${id.hostName}:${id.xferPort}: ${reason}, generation ${genStamp}`,
  );
  noteSafe(s, block);
  settle(s, block);
}

/** The DataNode no longer has the replica. */
export function replicaGone(s: BlockManagerState, block: BlockInfo, storage: StorageInfo): void {
  // The replica of a dead DataNode or a failed volume may come back: recovery must not take it for never written.
  if (block.expected !== undefined && storage.datanode.alive && !storage.failed) {
    block.expected = block.expected.filter((e) => e.storage !== storage || e.state !== REPLICA_FINALIZED);
  }
  if (storage.datanode.alive && !storage.failed) storage.datanode.knownCorrupt.delete(block.id);
  if (removeReplica(block, storage)) replicaLost(s, block);
}

/** After a replica was taken out of the block map. */
export function replicaLost(s: BlockManagerState, block: BlockInfo): void {
  if (block.state !== 'COMPLETE') return;
  noteSafe(s, block);
  settle(s, block);
}

/** The block's file is gone, or gave the block up: every replica of it is to be deleted. */
export function blockDeleted(s: BlockManagerState, block: BlockInfo): void {
  if (block.state === 'COMPLETE') s.safeMode.blocksTotal--;
  if (block.isSafe) s.safeMode.blocksSafe--;
  block.isSafe = false;
  s.redundancy.forget(block);
  const writing = (block.expected ?? []).map((e) => e.storage);
  const { corrupt } = block;
  const holders = s.blocks.remove(block);
  for (const storage of new Set([...holders, ...writing])) {
    invalidate(storage.datanode, block.id, corrupt?.get(storage)?.genStamp ?? block.genStamp);
  }
  for (const storage of writing) decrementScheduled(storage.datanode);
}
