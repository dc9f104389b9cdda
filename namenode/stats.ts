import { readableReplicas } from './block-map.ts';
import { totalOf } from './datanode-registry.ts';
import type { NamesystemState } from './state.ts';

/** Figures of the whole cluster, as getFsStats, the status page and /jmx show them. Sizes are bytes. */
export interface ClusterStats {
  readonly capacity: number;
  readonly used: number;
  readonly nonDfsUsed: number;
  readonly remaining: number;
  readonly blockPoolUsed: number;
  readonly liveDatanodes: number;
  readonly deadDatanodes: number;
  readonly staleDatanodes: number;
  readonly volumeFailures: number;
  readonly lowRedundancyBlocks: number;
  readonly pendingReplicationBlocks: number;
  readonly corruptBlocks: number;
  readonly missingBlocks: number;
  readonly missingReplicationOneBlocks: number;
  readonly pendingDeletionBlocks: number;
  readonly scheduledReplicationBlocks: number;
}

export function clusterStats(s: NamesystemState, now = 0): ClusterStats {
  const live = s.datanodes.live();
  const total = (figure: Parameters<typeof totalOf>[1]) => live.reduce((sum, d) => sum + totalOf(d, figure), 0);
  let corruptBlocks = 0;
  let missingReplicationOneBlocks = 0;
  for (const block of s.redundancy.missing) {
    if (readableReplicas(block).corrupt) corruptBlocks++;
    if (block.file?.replication === 1) missingReplicationOneBlocks++;
  }
  return {
    capacity: total('capacity'),
    used: total('dfsUsed'),
    nonDfsUsed: total('nonDfsUsed'),
    remaining: total('remaining'),
    blockPoolUsed: total('blockPoolUsed'),
    liveDatanodes: live.length,
    deadDatanodes: s.datanodes.all().length - live.length,
    staleDatanodes: live.filter((d) => now - d.lastHeartbeatMs > s.config.staleIntervalMs).length,
    volumeFailures: live.reduce((sum, d) => sum + d.volumeFailures, 0),
    lowRedundancyBlocks: s.redundancy.lowRedundancyCount,
    pendingReplicationBlocks: s.redundancy.pendingCount,
    corruptBlocks,
    missingBlocks: s.redundancy.missing.size,
    missingReplicationOneBlocks,
    pendingDeletionBlocks: live.reduce((sum, d) => sum + d.invalidates.size, 0),
    scheduledReplicationBlocks: live.reduce((sum, d) => sum + d.transfers.length, 0),
  };
}
