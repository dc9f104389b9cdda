/** Processes reports of single replicas, and corrects a block's number of replicas (Hadoop: BlockManager). */
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';
import {
  blockName,
  isCorrupt,
  liveReplicas,
  REPLICA_FINALIZED,
  replicasThere,
  usableReplicas,
} from './locations/block-info.ts';
import { addReplica, clearCorrupt, markCorrupt, removeReplica } from './locations/block-map.ts';
import { decrementScheduled } from './locations/datanode-descriptor.ts';
import type {
  BlockInfo,
  CorruptReason,
  CorruptReplica,
  DatanodeDescriptor,
  ReplicaUnderConstruction,
  StorageInfo,
} from './locations/model.ts';
import { noteIfOfFuture } from './lost-future.ts';
import { checkReplicaCorrupt, deletableCorrupt } from './redundancy/corrupt-replicas.ts';
import { type ArrivedReplica, chooseReplicasToDelete } from './redundancy/excess-redundancy.ts';
import { invalidate, invalidateExcess, isToBeDeleted, takeBackExcess } from './redundancy/invalidate-blocks.ts';
import { wantedReplicas } from './redundancy/redundancy.ts';

/** One replica as a DataNode reports it. `state` is a value of ReplicaStateProto. */
export interface ReportedReplica {
  readonly id: number;
  readonly genStamp: number;
  readonly numBytes: number;
  readonly state: number;
}

/**
 * Processes the report of one replica by a DataNode.
 * @param hint the storage whose replica is deleted first if there are too many
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
  if (noteIfOfFuture(s, tx, storage, replica, block)) return;
  if (block === undefined) {
    invalidate(datanode, replica.id, replica.genStamp);
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

/**
 * Returns a reason if the bytes of this replica were reported as wrong before. The DataNode may have been lost and come
 * back since then, but the bytes are still wrong.
 */
function knownCorrupt(datanode: DatanodeDescriptor, replica: ReportedReplica): CorruptReason | undefined {
  return datanode.knownCorrupt.get(replica.id) === replica.genStamp ? 'CORRUPTION_REPORTED' : undefined;
}

/** Returns true if one more good replica would not be an excess replica. */
const isNeeded = (block: BlockInfo): boolean =>
  block.state !== 'COMPLETE' || liveReplicas(block) < wantedReplicas(block);

/** Notes the replica of a DataNode in the pipeline. Readers and block recovery use it until the block is complete. */
function noteExpected(block: BlockInfo, storage: StorageInfo, replica: ReportedReplica): void {
  const expected = block.expected ?? [];
  const at = expected.findIndex((e) => e.storage.datanode === storage.datanode);
  const known = expected[at];
  if (known === undefined) {
    // After a restart the NameNode may know an older generation stamp than the replica has: the writer rebuilt the
    // pipeline and had not reported the new stamp yet.
    if (replica.genStamp >= block.genStamp) {
      expected.push({ storage, state: replica.state, genStamp: replica.genStamp, numBytes: replica.numBytes });
    }
  } else if (replica.genStamp >= known.genStamp) {
    // The DataNode may have moved the replica to another of its volumes.
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
  // A new replica may have replaced one of a wrong generation. But a replica whose bytes were found wrong stays corrupt
  // (BlockManager.addStoredBlock).
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

/** Sets the final length of the block, in bytes, as the client reports it. */
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

/** Makes a COMMITTED block COMPLETE if it has the minimum number of replicas. */
function maybeComplete(s: BlockManagerState, block: BlockInfo, now: number): void {
  if (block.state === 'COMMITTED' && usableReplicas(block) >= block.layout.storagesMin(s.config.replicationMin))
    becomeComplete(s, block, now);
}

/** Makes a block COMPLETE. Replicas that DataNodes of the pipeline have not reported yet count as pending copies. */
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

/** Updates the number of blocks that safe mode counts as available (BlockManager.countLiveNodes). */
export function noteSafe(s: BlockManagerState, block: BlockInfo): void {
  const count = s.safeMode.isStartup ? replicasThere(block) : usableReplicas(block);
  const isSafe = block.state === 'COMPLETE' && count >= block.layout.storagesMin(s.config.replicationMin);
  if (isSafe === block.isSafe) return;
  block.isSafe = isSafe;
  s.safeMode.blocksSafe += isSafe ? 1 : -1;
}

/**
 * Corrects the number of replicas of a block: deletes excess and corrupt replicas, and queues the block if it needs
 * copies.
 */
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

/**
 * Marks a replica as corrupt: a reader or a DataNode found wrong bytes, or the replica's report contradicts the block.
 */
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
  s.redundancy.pending.sourceIsCorrupt(block, storage.datanode);
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

/** Forgets a replica that the DataNode no longer has. */
export function replicaGone(s: BlockManagerState, block: BlockInfo, storage: StorageInfo): void {
  // The replica of a dead DataNode or of a failed volume may come back. Recovery must not treat such a replica as one
  // that was never written.
  if (block.expected !== undefined && storage.datanode.alive && !storage.failed) {
    // A recovery whose end the NameNode has not heard of has given the replica a newer generation (seed 25000450).
    const isLeft = (e: ReplicaUnderConstruction): boolean =>
      e.storage !== storage || e.state !== REPLICA_FINALIZED || e.genStamp > block.genStamp;
    block.expected = block.expected.filter(isLeft);
  }
  if (storage.datanode.alive && !storage.failed) storage.datanode.knownCorrupt.delete(block.id);
  if (removeReplica(block, storage)) replicaLost(s, block);
}

/** Corrects a block after one of its replicas left the block map. */
export function replicaLost(s: BlockManagerState, block: BlockInfo): void {
  if (block.state !== 'COMPLETE') return;
  noteSafe(s, block);
  settle(s, block);
}

/** Removes a block whose file was deleted or no longer uses it, and orders the deletion of all its replicas. */
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
