import { type BlockInfo, blockName, isCorrupt, liveReplicas, REPLICA_FINALIZED, REPLICA_RBW } from './block-info.ts';
import { addReplica, markCorrupt, removeReplica } from './block-map.ts';
import { type DatanodeDescriptor, decrementScheduled, type StorageInfo } from './datanode-registry.ts';
import { chooseExcess, wantedReplicas } from './replication.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** One replica as a DataNode reports it. `state` is ReplicaStateProto's number. */
export interface ReportedReplica {
  readonly id: number;
  readonly genStamp: number;
  readonly numBytes: number;
  readonly state: number;
}

/** Has the replica deleted with the DataNode's next heartbeat. */
export function invalidate(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  datanode.invalidates.set(id, genStamp);
}

/** Takes in what a DataNode tells of one replica. `hint`: the storage to rather delete from when there are too many. */
export function replicaReported(
  s: NamesystemState,
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
  if (datanode.invalidates.get(replica.id) === replica.genStamp) return;
  if (block.expected !== undefined) noteExpected(block, storage, replica);
  if (replica.state !== REPLICA_FINALIZED) {
    unfinishedReported(s, block, storage, replica);
    return;
  }
  if (replica.genStamp !== block.genStamp) {
    if (block.state !== 'UNDER_CONSTRUCTION') staleReported(s, tx, block, storage, replica);
    return;
  }
  if (block.state !== 'UNDER_CONSTRUCTION' && replica.numBytes !== block.numBytes) {
    tx.log(
      'warn',
      `${blockName(block)} on ${datanode.id.ipAddr}:${datanode.id.xferPort} has ${replica.numBytes} bytes instead of ${block.numBytes}`,
    );
    storedReplicaCorrupt(s, tx, block, storage);
    return;
  }
  addStoredReplica(s, tx, block, storage, hint);
}

/** What a DataNode of a pipeline has: kept until the block is complete, for readers and for recovery. */
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

/** A replica that isn't finalized although its block is complete was left behind by a broken pipeline. */
function unfinishedReported(
  s: NamesystemState,
  block: BlockInfo,
  storage: StorageInfo,
  replica: ReportedReplica,
): void {
  if (block.state !== 'COMPLETE') return;
  if (replica.state === REPLICA_RBW && replica.genStamp === block.genStamp) return;
  if (liveReplicas(block) - (storage.blocks.has(block) ? 1 : 0) < s.config.replicationMin) return;
  if (removeReplica(block, storage)) replicaLost(s, block);
  invalidate(storage.datanode, replica.id, replica.genStamp);
}

function staleReported(
  s: NamesystemState,
  tx: Transaction,
  block: BlockInfo,
  storage: StorageInfo,
  replica: ReportedReplica,
): void {
  if (replica.genStamp > block.genStamp || liveReplicas(block) < s.config.replicationMin) {
    const generation = `generation ${replica.genStamp} instead of ${block.genStamp}`;
    tx.log('warn', `blk_${block.id} on ${storage.datanode.id.hostName}: ${generation}`);
    return;
  }
  invalidate(storage.datanode, replica.id, replica.genStamp);
}

function addStoredReplica(
  s: NamesystemState,
  tx: Transaction,
  block: BlockInfo,
  storage: StorageInfo,
  hint?: StorageInfo,
): void {
  const first = block.replicas.length === 0;
  const added = addReplica(block, storage);
  s.redundancy.removePending(block, storage);
  if (!added) return;
  decrementScheduled(storage.datanode);
  if (block.state === 'COMMITTED') maybeComplete(s, block, tx.now);
  else if (block.state === 'COMPLETE') {
    if (first) s.safeMode.blocksSafe++;
    settle(s, block, hint);
  }
}

/** The client has told the block's final length. */
export function commitBlock(s: NamesystemState, tx: Transaction, block: BlockInfo, numBytes: number): void {
  block.numBytes = numBytes;
  block.state = 'COMMITTED';
  tx.touchBlock(block);
  for (const replica of block.expected ?? []) {
    if (replica.state !== REPLICA_FINALIZED || replica.genStamp !== block.genStamp) continue;
    if (replica.numBytes !== numBytes && block.replicas.includes(replica.storage)) markCorrupt(block, replica.storage);
  }
  maybeComplete(s, block, tx.now);
}

/** COMMITTED and with enough replicas: COMPLETE. Replicas of the pipeline that are on their way are waited for. */
function maybeComplete(s: NamesystemState, block: BlockInfo, now: number): void {
  if (block.state === 'COMMITTED' && liveReplicas(block) >= s.config.replicationMin) becomeComplete(s, block, now);
}

export function becomeComplete(s: NamesystemState, block: BlockInfo, now: number): void {
  const awaited = (block.expected ?? [])
    .map((e) => e.storage)
    .filter((e) => e.datanode.alive && !block.replicas.some((r) => r.datanode === e.datanode));
  block.state = 'COMPLETE';
  block.expected = undefined;
  block.recovery = undefined;
  s.safeMode.blocksTotal++;
  if (block.replicas.length > 0) s.safeMode.blocksSafe++;
  s.redundancy.addPending(block, awaited, now);
  settle(s, block);
}

/** Acts on the number of replicas: excess and corrupt ones are deleted, missing ones are put on the list. */
export function settle(s: NamesystemState, block: BlockInfo, hint?: StorageInfo): void {
  if (s.safeMode.isStartup) return;
  const wanted = wantedReplicas(block);
  if (wanted > 0) {
    for (const storage of chooseExcess(block, hint)) {
      removeReplica(block, storage);
      invalidate(storage.datanode, block.id, block.genStamp);
    }
    if (block.corrupt !== undefined && liveReplicas(block) >= wanted) {
      for (const storage of [...block.corrupt]) {
        removeReplica(block, storage);
        invalidate(storage.datanode, block.id, block.genStamp);
      }
    }
  }
  s.redundancy.update(block);
}

/** A reader or a DataNode found the replica's bytes wrong. */
export function storedReplicaCorrupt(
  s: NamesystemState,
  tx: Transaction,
  block: BlockInfo,
  storage: StorageInfo,
): void {
  const first = block.replicas.length === 0;
  addReplica(block, storage);
  if (first && block.state === 'COMPLETE') s.safeMode.blocksSafe++;
  if (isCorrupt(block, storage)) return;
  markCorrupt(block, storage);
  tx.log('warn', `Corrupt replica of ${blockName(block)} on ${storage.datanode.id.hostName}`);
  if (block.state === 'COMPLETE') settle(s, block);
}

/** The DataNode no longer has the replica. */
export function replicaGone(s: NamesystemState, block: BlockInfo, storage: StorageInfo): void {
  if (block.expected !== undefined) {
    block.expected = block.expected.filter((e) => e.storage !== storage || e.state !== REPLICA_FINALIZED);
  }
  if (removeReplica(block, storage)) replicaLost(s, block);
}

/** After a replica was taken out of the block map. */
export function replicaLost(s: NamesystemState, block: BlockInfo): void {
  if (block.state !== 'COMPLETE') return;
  if (block.replicas.length === 0) s.safeMode.blocksSafe--;
  settle(s, block);
}

/** The block's file is gone, or gave the block up: every replica of it is to be deleted. */
export function blockDeleted(s: NamesystemState, block: BlockInfo): void {
  if (block.state === 'COMPLETE') {
    s.safeMode.blocksTotal--;
    if (block.replicas.length > 0) s.safeMode.blocksSafe--;
  }
  s.redundancy.forget(block);
  const writing = (block.expected ?? []).map((e) => e.storage);
  const holders = s.blocks.remove(block);
  for (const storage of new Set([...holders, ...writing])) invalidate(storage.datanode, block.id, block.genStamp);
  for (const storage of writing) decrementScheduled(storage.datanode);
}
