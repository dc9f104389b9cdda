import { type BlockInfo, type BlockRecovery, blockName, REPLICA_RBW } from './block-info.ts';
import type { DatanodeDescriptor, StorageInfo } from './datanode-registry.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** BlockManager.BLOCK_RECOVERY_TIMEOUT_MULTIPLIER: a recovery has the time of so many heartbeats. */
export const BLOCK_RECOVERY_HEARTBEATS = 30;

/**
 * Has a DataNode bring the last block of a file to one length (BlockManager.addBlockRecoveryAttempt and
 * BlockUnderConstructionFeature.initializeBlockRecovery). A recovery that may still come to its end is left alone; one
 * whose time is over, or whose primary died, begins again under a new id, which is the block's next generation stamp.
 */
export function recoverBlock(s: NamesystemState, tx: Transaction, block: BlockInfo): void {
  if (!isDue(s, block, tx.now)) return;
  const id = ++s.counters.generationStamp;
  tx.countersChanged();
  if (block.expected === undefined || block.expected.length === 0) expectReplicas(block);
  // A length that was committed no longer is: what the recovery finds counts.
  if (block.state === 'COMMITTED') tx.touchBlock(block);
  block.state = 'UNDER_RECOVERY';
  block.recovery = beginRecovery(block, id, tx.now);
  block.recovery.primary?.recoveries.push(block);
  s.recovering.add(block);
  const by = block.recovery.primary?.id.hostName ?? 'nobody: no DataNode of its pipeline is alive';
  tx.log('info', `Recovery ${id} of ${blockName(block)} begins; its primary is ${by}`);
}

function isDue(s: NamesystemState, block: BlockInfo, now: number): boolean {
  const { recovery } = block;
  if (recovery === undefined || now - recovery.startedMs > s.config.blockRecoveryTimeoutMs) return true;
  if (recovery.primary !== undefined) return !recovery.primary.alive;
  return (block.expected ?? []).some((e) => e.storage.datanode.alive);
}

/** Every living DataNode of the pipeline has its turn as primary, the one heard of last first; then all again. */
function beginRecovery(block: BlockInfo, id: number, now: number): BlockRecovery {
  const alive = (block.expected ?? []).map((e) => e.storage.datanode).filter((d) => d.alive);
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
export function retryRecoveries(s: NamesystemState, tx: Transaction): void {
  for (const block of s.recovering) {
    if (block.file === undefined || block.state !== 'UNDER_RECOVERY') s.recovering.delete(block);
    else recoverBlock(s, tx, block);
  }
}

/**
 * The storages that a primary is told to recover: stale DataNodes are left out as long as two others remain
 * (DatanodeManager.getBlockRecoveryCommand).
 */
export function recoveryLocations(s: NamesystemState, block: BlockInfo, now: number): StorageInfo[] {
  const all = (block.expected ?? []).map((e) => e.storage);
  const fresh = all.filter((e) => e.datanode.alive && now - e.datanode.lastHeartbeatMs <= s.config.staleIntervalMs);
  return fresh.length > 1 ? fresh : all;
}

/** Of a block of an open file that was loaded: its DataNodes join the pipeline when they register. */
export function restorePipeline(s: NamesystemState, block: BlockInfo): void {
  if (block.truncateTo !== undefined) s.recovering.add(block);
  for (const uuid of block.pipeline ?? []) {
    const blocks = s.restoredPipelines.get(uuid);
    if (blocks === undefined) s.restoredPipelines.set(uuid, [block]);
    else blocks.push(block);
  }
}

/** A DataNode is back after a restart of the NameNode: the pipelines that it was in can be recovered by it. */
export function rejoinPipelines(s: NamesystemState, datanode: DatanodeDescriptor): void {
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
