/** Counts figures of the whole cluster. */
import { AdminState } from '../blocks/locations/admin-state.ts';
import { totalOf } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { QUEUE_HIGHEST_PRIORITY, QUEUE_WITH_CORRUPT_BLOCKS } from '../blocks/redundancy/low-redundancy-blocks.ts';
import { reportedDatanodes } from './datanode-report.ts';
import type { DatanodeManagerState } from './datanode-state.ts';

/** Figures of the whole cluster for getFsStats, the status page and /jmx. Sizes are in bytes. */
export interface ClusterStats {
  readonly capacity: number;
  readonly used: number;
  readonly nonDfsUsed: number;
  readonly remaining: number;
  readonly blockPoolUsed: number;
  readonly liveDatanodes: number;
  readonly deadDatanodes: number;
  readonly staleDatanodes: number;
  readonly decommissioningDatanodes: number;
  readonly decommissionedLiveDatanodes: number;
  readonly decommissionedDeadDatanodes: number;
  readonly enteringMaintenanceDatanodes: number;
  readonly inMaintenanceLiveDatanodes: number;
  readonly inMaintenanceDeadDatanodes: number;
  readonly volumeFailures: number;
  /** Blocks in all queues of LowRedundancyBlocks, including blocks without a good replica. */
  readonly lowRedundancyBlocks: number;
  readonly highestPriorityLowRedundancyBlocks: number;
  readonly pendingReplicationBlocks: number;
  /** Number of copies that timed out since the NameNode started. */
  readonly timedOutReplications: number;
  /** Number of blocks with a corrupt replica. */
  readonly corruptBlocks: number;
  /** Number of blocks without a good replica. */
  readonly missingBlocks: number;
  readonly missingReplicationOneBlocks: number;
  /** Number of good replicas that are being deleted because there are enough others. */
  readonly excessBlocks: number;
  readonly pendingDeletionBlocks: number;
  readonly scheduledReplicationBlocks: number;
  /** Bytes of replicas whose block or generation this namespace has not assigned (blocks/future-blocks.ts). */
  readonly bytesInFuture: number;
}

export function clusterStats(s: DatanodeManagerState, now = 0): ClusterStats {
  const all = reportedDatanodes(s);
  const live = all.filter((d) => d.alive);
  // The capacity of DataNodes that leave service does not count (Hadoop: DatanodeStats).
  const inService = s.blockManager.datanodes.inService();
  const total = (figure: Parameters<typeof totalOf>[1]) => inService.reduce((sum, d) => sum + totalOf(d, figure), 0);
  const inState = (nodes: readonly DatanodeDescriptor[], state: AdminState) =>
    nodes.filter((d) => d.adminState === state).length;
  const dead = all.filter((d) => !d.alive);
  let missingReplicationOneBlocks = 0;
  for (const block of s.blockManager.redundancy.low.queue(QUEUE_WITH_CORRUPT_BLOCKS)) {
    if (block.file?.replication === 1) missingReplicationOneBlocks++;
  }
  return {
    capacity: total('capacity'),
    used: total('dfsUsed'),
    nonDfsUsed: total('nonDfsUsed'),
    remaining: total('remaining'),
    blockPoolUsed: total('blockPoolUsed'),
    liveDatanodes: live.length,
    deadDatanodes: dead.length,
    staleDatanodes: live.filter((d) => now - d.lastHeartbeatMs > s.blockManager.config.staleIntervalMs).length,
    decommissioningDatanodes: inState(all, AdminState.DECOMMISSION_INPROGRESS),
    decommissionedLiveDatanodes: inState(live, AdminState.DECOMMISSIONED),
    decommissionedDeadDatanodes: inState(dead, AdminState.DECOMMISSIONED),
    enteringMaintenanceDatanodes: inState(all, AdminState.ENTERING_MAINTENANCE),
    inMaintenanceLiveDatanodes: inState(live, AdminState.IN_MAINTENANCE),
    inMaintenanceDeadDatanodes: inState(dead, AdminState.IN_MAINTENANCE),
    volumeFailures: live.reduce((sum, d) => sum + d.volumeFailures, 0),
    lowRedundancyBlocks: s.blockManager.redundancy.low.size,
    highestPriorityLowRedundancyBlocks: s.blockManager.redundancy.low.sizeOf(QUEUE_HIGHEST_PRIORITY),
    pendingReplicationBlocks: s.blockManager.redundancy.pending.size,
    timedOutReplications: s.blockManager.redundancy.pending.timedOutCount,
    corruptBlocks: s.blockManager.redundancy.corrupt.size,
    missingBlocks: s.blockManager.redundancy.low.sizeOf(QUEUE_WITH_CORRUPT_BLOCKS),
    missingReplicationOneBlocks,
    excessBlocks: all.reduce((sum, d) => sum + d.excess.size, 0),
    pendingDeletionBlocks: live.reduce((sum, d) => sum + d.invalidates.size, 0),
    scheduledReplicationBlocks: live.reduce((sum, d) => sum + d.transfers.length, 0),
    bytesInFuture: s.blockManager.safeMode.future.bytes,
  };
}
