/** Block recovery: a DataNode of the pipeline brings all replicas of a file's last block to the same length. */
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';
import { blockName, REPLICA_RBW } from './locations/block-info.ts';
import type { BlockInfo, BlockRecovery, DatanodeDescriptor, StorageInfo } from './locations/model.ts';

/**
 * Begins the recovery of a file's last block (BlockManager.addBlockRecoveryAttempt and
 * BlockUnderConstructionFeature.initializeBlockRecovery). Does nothing while an earlier recovery can still finish. If
 * that one timed out, or its primary died, a new recovery begins. Its id is the next generation stamp of the block.
 */
export function recoverBlock(s: BlockManagerState, tx: Transaction, block: BlockInfo): void {
  if (!isDue(s, block, tx.now)) return;
  const id = ++s.counters.generationStamp;
  tx.countersChanged();
  if (block.expected === undefined || block.expected.length === 0) expectReplicas(block);
  // The length that was committed no longer holds. The recovery finds the final length.
  if (block.state === 'COMMITTED') tx.touchBlock(block);
  block.state = 'UNDER_RECOVERY';
  block.recovery = beginRecovery(block, participants(s, block, tx.now), id, tx.now);
  block.recovery.primary?.recoveries.push(block);
  s.recovering.add(block);
  const by = block.recovery.primary?.id.hostName ?? 'nobody yet: its DataNodes are waited for';
  tx.log('info', `Recovery ${id} of ${blockName(block)} begins; its primary is ${by}`);
}

function isDue(s: BlockManagerState, block: BlockInfo, now: number): boolean {
  const { recovery } = block;
  if (recovery === undefined || now - recovery.startedMs > s.config.blockRecoveryTimeoutMs) return true;
  if (recovery.primary !== undefined) return !recovery.primary.alive;
  return participants(s, block, now).some((storage) => storage.datanode.alive);
}

/**
 * Returns the storages whose replicas a recovery may use.
 * A replica with wrong bytes is used only if all replicas have wrong bytes: otherwise recovery would make it the good
 * one. After a restart, DataNodes of the pipeline that have not registered are awaited for
 * dfs.namenode.stale.datanode.interval. Hadoop begins with the first DataNode that registers, even if only that one has
 * lost data.
 */
function participants(s: BlockManagerState, block: BlockInfo, now: number): StorageInfo[] {
  const storages = (block.expected ?? []).map((e) => e.storage);
  const isMissing = (block.pipeline ?? []).some((uuid) => s.restoredPipelines.has(uuid));
  if (isMissing && now - s.startedMs <= s.config.staleIntervalMs) return [];
  const good = storages.filter((storage) => !hasWrongBytes(block, storage));
  return good.length > 0 || isMissing ? good : storages;
}

const hasWrongBytes = (block: BlockInfo, storage: StorageInfo): boolean =>
  block.corrupt?.get(storage)?.reason === 'CORRUPTION_REPORTED';

/** Returns true if a recovery used only replicas whose bytes were meanwhile found wrong, and other replicas exist. */
export function isWorthless(
  s: BlockManagerState,
  block: BlockInfo,
  targets: readonly StorageInfo[],
  now: number,
): boolean {
  if (targets.length === 0 || !targets.every((storage) => hasWrongBytes(block, storage))) return false;
  return participants(s, block, now).every((storage) => !targets.includes(storage));
}

/**
 * Chooses the primary of a recovery: the live DataNode of the pipeline with the latest heartbeat that has not been
 * primary yet. When all have been primary, all can be chosen again.
 */
function beginRecovery(block: BlockInfo, storages: readonly StorageInfo[], id: number, now: number): BlockRecovery {
  const alive = storages.map((storage) => storage.datanode).filter((d) => d.alive);
  const before = block.recovery?.tried ?? new Set<DatanodeDescriptor>();
  const tried = new Set(alive.every((d) => before.has(d)) ? [] : before);
  let primary: DatanodeDescriptor | undefined;
  for (const datanode of alive) {
    if (tried.has(datanode)) continue;
    if (primary === undefined || datanode.lastHeartbeatMs > primary.lastHeartbeatMs) primary = datanode;
  }
  if (primary !== undefined) tried.add(primary);
  return { id, startedMs: now, primary, tried };
}

/** Makes these storages the pipeline of the block, by default the storages of its known replicas. */
export function expectReplicas(block: BlockInfo, storages: readonly StorageInfo[] = block.replicas): void {
  const { genStamp, numBytes } = block;
  block.expected = storages.map((storage) => ({ storage, state: REPLICA_RBW, genStamp, numBytes }));
}

/** Starts the recoveries again that timed out or whose primary died. */
export function retryRecoveries(s: BlockManagerState, tx: Transaction): void {
  for (const block of s.recovering) {
    if (block.file === undefined || block.state !== 'UNDER_RECOVERY') s.recovering.delete(block);
    else recoverBlock(s, tx, block);
  }
}

/**
 * Returns the storages that take part in a recovery. Stale DataNodes are left out if at least two others remain
 * (DatanodeManager.getBlockRecoveryCommand).
 */
export function recoveryLocations(s: BlockManagerState, block: BlockInfo, now: number): StorageInfo[] {
  const all = participants(s, block, now);
  const fresh = all.filter((e) => e.datanode.alive && now - e.datanode.lastHeartbeatMs <= s.config.staleIntervalMs);
  return fresh.length > 1 ? fresh : all;
}

/**
 * Restores the pipeline of an open file's block that was read from the store. Its DataNodes join when they register.
 */
export function restorePipeline(s: BlockManagerState, block: BlockInfo): void {
  if (block.truncateTo !== undefined) s.recovering.add(block);
  for (const uuid of block.pipeline ?? []) {
    const blocks = s.restoredPipelines.get(uuid);
    if (blocks === undefined) s.restoredPipelines.set(uuid, [block]);
    else blocks.push(block);
  }
}

/** Adds a DataNode to the pipelines that it was part of before the NameNode restarted, so that recovery can use it. */
export function rejoinPipelines(s: BlockManagerState, datanode: DatanodeDescriptor): void {
  const { datanodeUuid } = datanode.id;
  const storage = datanode.storages.values().next().value;
  const blocks = s.restoredPipelines.get(datanodeUuid);
  if (blocks === undefined || storage === undefined) return;
  s.restoredPipelines.delete(datanodeUuid);
  for (const block of blocks) {
    // A block that was closed, or whose pipeline was rebuilt since the restart, no longer needs this DataNode.
    if (block.expected === undefined || block.pipeline === undefined) continue;
    if (block.expected.some((e) => e.storage.datanode === datanode)) continue;
    const { genStamp, numBytes } = block;
    // The DataNode's report will tell the right storage. Until then any of its storages stands for it.
    block.expected.push({ storage, state: REPLICA_RBW, genStamp, numBytes });
  }
}
