/** Orders copies of blocks that have too few replicas or racks. */
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';
import { countReplicas } from './locations/block-info.ts';
import { replicaOn } from './locations/block-map.ts';
import { incrementScheduled } from './locations/datanode-descriptor.ts';
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from './locations/model.ts';
import { isDeleting } from './redundancy/invalidate-blocks.ts';
import { QUEUE_WITH_CORRUPT_BLOCKS } from './redundancy/low-redundancy-blocks.ts';
import { chooseTargets } from './redundancy/placement.ts';
import {
  canSend,
  chooseSource,
  isLive,
  keepsRack,
  type StreamLimits,
  streamsOf,
  wantedReplicas,
} from './redundancy/redundancy.ts';

/** Number of blocks of one queue that a round examines without success before it stops: about one millisecond. */
const EXAMINED_MAX = 300;

const limitsOf = (s: BlockManagerState): StreamLimits => ({
  soft: s.config.replicationStreamsMax,
  hard: s.config.replicationStreamsHardMax,
});

/**
 * Runs one round of Hadoop's RedundancyMonitor: drops copies that timed out, and orders new ones for the most
 * endangered blocks. The number of new copies is dfs.namenode.replication.work.multiplier.per.iteration for each live
 * DataNode.
 */
export function redundancyRound(s: BlockManagerState, tx: Transaction): void {
  for (const block of s.redundancy.pending.expire(tx.now, s.config.pendingReconstructionTimeoutMs)) {
    s.redundancy.update(block);
  }
  if (s.redundancy.low.copyableSize === 0) return;
  const nodes = s.datanodes.inService();
  let left = s.datanodes.liveCount * s.config.replicationWorkMultiplier;
  for (let priority = 0; priority < QUEUE_WITH_CORRUPT_BLOCKS && left > 0; priority++) {
    const postponed: BlockInfo[] = [];
    for (const block of s.redundancy.low.queue(priority)) {
      if (left === 0 || postponed.length >= EXAMINED_MAX) break;
      const source = chooseSource(block, priority, limitsOf(s), s.redundancy.pending.failedSource(block));
      if (source !== undefined && orderCopy(s, tx, block, source, nodes)) left--;
      else postponed.push(block);
    }
    for (const block of postponed) s.redundancy.low.postpone(block, priority);
  }
}

/**
 * After this many heartbeat intervals, a copy has failed if its source no longer sends it and its target has not
 * reported it.
 */
const FAILED_COPY_HEARTBEATS = 3;

/**
 * Treats the pending copies of a DataNode as failed if it sends nothing and received no new transfers for a while.
 * Hadoop waits for dfs.namenode.reconstruction.pending.timeout-sec.
 */
export function noteFailedCopies(s: BlockManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  const givenMs = datanode.transfersGivenMs;
  if (givenMs === undefined || streamsOf(datanode) > 0) return;
  if (tx.now - givenMs < FAILED_COPY_HEARTBEATS * s.config.heartbeatIntervalMs) return;
  datanode.transfersGivenMs = undefined;
  for (const block of s.redundancy.pending.failedAt(datanode)) s.redundancy.update(block);
}

/**
 * Orders the next copies of a DataNode that has a free stream, without waiting for the next round. Copying then runs at
 * the speed of the disks. The limits on streams still hold.
 */
export function continueCopying(s: BlockManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  const limits = limitsOf(s);
  if (s.redundancy.low.copyableSize === 0 || streamsOf(datanode) >= limits.hard) return;
  const nodes = s.datanodes.inService();
  for (let priority = 0; priority < QUEUE_WITH_CORRUPT_BLOCKS; priority++) {
    let examined = 0;
    for (const block of s.redundancy.low.queue(priority)) {
      if (examined++ >= EXAMINED_MAX) break;
      const source = replicaOn(block, datanode);
      if (source === undefined) continue;
      if (!canSend(block, source, priority, limits)) break;
      // The next round asks another DataNode first, if there is one.
      if (s.redundancy.pending.failedSource(block) === datanode) continue;
      orderCopy(s, tx, block, source, nodes);
    }
  }
}

/**
 * Orders the copies of one block (BlockManager.scheduleReconstruction and validateReconstructionWork). Returns false if
 * no DataNode can receive one.
 */
function orderCopy(
  s: BlockManagerState,
  tx: Transaction,
  block: BlockInfo,
  source: StorageInfo,
  nodes: readonly DatanodeDescriptor[],
): boolean {
  const pending = s.redundancy.pendingTargets(block);
  const holders = block.replicas.filter((storage) => isLive(block, storage));
  const counts = countReplicas(block);
  const missing = s.redundancy.liveWanted(counts, wantedReplicas(block)) - counts.live - pending.length;
  const targets = chooseTargets(
    {
      // If there are enough replicas but on too few racks, one more replica on another rack is ordered. An excess
      // replica is deleted later.
      count: Math.max(missing, 1),
      nodes,
      writerAddress: undefined,
      writerRack: source.datanode.rack,
      blockSizeBytes: block.numBytes,
      excluded: new Set([
        ...block.replicas.map((storage) => storage.datanode),
        ...nodes.filter((node) => isDeleting(node, block.id)),
      ]),
      chosen: [...holders, ...pending],
      loadFactorMax: s.config.loadFactorMax,
      slow: s.slow.excluded,
    },
    s.random,
  );
  const racks = new Set(block.replicas.filter((r) => keepsRack(block, r)).map((r) => r.datanode.rack));
  const useful = missing > 0 ? targets : targets.filter((target) => !racks.has(target.datanode.rack));
  if (useful.length === 0) return false;
  source.datanode.transfers.push({ block, targets: useful });
  incrementScheduled(useful);
  s.redundancy.addPending(block, useful, tx.now, source.datanode);
  s.redundancy.update(block);
  return true;
}
