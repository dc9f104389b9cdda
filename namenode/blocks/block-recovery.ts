/** Block recovery: a DataNode of the pipeline brings the replicas of a last block to one length. */
import type { Transaction } from '../command/transaction.ts';
import { blockName, REPLICA_RBW } from './block-info.ts';
import type { BlockManagerState } from './block-state.ts';
import type { BlockInfo, BlockRecovery, DatanodeDescriptor, StorageInfo } from './model.ts';

/**
 * Has a DataNode bring the last block of a file to one length (BlockManager.addBlockRecoveryAttempt and
 * BlockUnderConstructionFeature.initializeBlockRecovery). A recovery that may still come to its end is left alone; one
 * whose time is over, or whose primary died, begins again under a new id, which is the block's next generation stamp.
 */
export function recoverBlock(s: BlockManagerState, tx: Transaction, block: BlockInfo): void {
  if (!isDue(s, block, tx.now)) return;
  const id = ++s.counters.generationStamp;
  tx.countersChanged();
  if (block.expected === undefined || block.expected.length === 0) expectReplicas(block);
  // A length that was committed no longer is: what the recovery finds counts.
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
 * Whose replicas a recovery may go by. One whose bytes are known to be wrong would be made the good one by it, so the
 * others are waited for; it counts only when all are wrong. After a restart those that are not yet back are waited for
 * a while: Hadoop goes on with the first one to come, be it the only one that lost something.
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

/** Whether a recovery went by wrong bytes alone, as it turned out meanwhile, although there are other replicas. */
export function isWorthless(
  s: BlockManagerState,
  block: BlockInfo,
  targets: readonly StorageInfo[],
  now: number,
): boolean {
  if (targets.length === 0 || !targets.every((storage) => hasWrongBytes(block, storage))) return false;
  return participants(s, block, now).every((storage) => !targets.includes(storage));
}

/** Every living DataNode of the pipeline has its turn as primary, the one heard of last first; then all again. */
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

/** Takes the replicas that are known as the pipeline. */
export function expectReplicas(block: BlockInfo, storages: readonly StorageInfo[] = block.replicas): void {
  const { genStamp, numBytes } = block;
  block.expected = storages.map((storage) => ({ storage, state: REPLICA_RBW, genStamp, numBytes }));
}

/** Recoveries that were not heard of go on with another primary. */
export function retryRecoveries(s: BlockManagerState, tx: Transaction): void {
  for (const block of s.recovering) {
    if (block.file === undefined || block.state !== 'UNDER_RECOVERY') s.recovering.delete(block);
    else recoverBlock(s, tx, block);
  }
}

/**
 * The storages that a primary is told to recover: stale DataNodes are left out as long as two others remain
 * (DatanodeManager.getBlockRecoveryCommand).
 */
export function recoveryLocations(s: BlockManagerState, block: BlockInfo, now: number): StorageInfo[] {
  const all = participants(s, block, now);
  const fresh = all.filter((e) => e.datanode.alive && now - e.datanode.lastHeartbeatMs <= s.config.staleIntervalMs);
  return fresh.length > 1 ? fresh : all;
}

/** Of a block of an open file that was loaded: its DataNodes join the pipeline when they register. */
export function restorePipeline(s: BlockManagerState, block: BlockInfo): void {
  if (block.truncateTo !== undefined) s.recovering.add(block);
  for (const uuid of block.pipeline ?? []) {
    const blocks = s.restoredPipelines.get(uuid);
    if (blocks === undefined) s.restoredPipelines.set(uuid, [block]);
    else blocks.push(block);
  }
}

/** A DataNode is back after a restart of the NameNode: the pipelines that it was in can be recovered by it. */
export function rejoinPipelines(s: BlockManagerState, datanode: DatanodeDescriptor): void {
  const { datanodeUuid } = datanode.id;
  const storage = datanode.storages.values().next().value;
  const blocks = s.restoredPipelines.get(datanodeUuid);
  if (blocks === undefined || storage === undefined) return;
  s.restoredPipelines.delete(datanodeUuid);
  for (const block of blocks) {
    // A pipeline that was rebuilt since then, or a block that is closed, does not wait for it any more.
    if (block.expected === undefined || block.pipeline === undefined) continue;
    if (block.expected.some((e) => e.storage.datanode === datanode)) continue;
    const { genStamp, numBytes } = block;
    // Which of its storages it is in is told by its report.
    block.expected.push({ storage, state: REPLICA_RBW, genStamp, numBytes });
  }
}
