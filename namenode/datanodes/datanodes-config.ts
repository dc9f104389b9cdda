/** Reads the settings of the rules about DataNodes. */
import type { Configuration } from '../../conf/configuration.ts';
import type { BlockReportLeaseOptions } from './block-report-leases.ts';
import type { SlowNodesConfig } from './slow-nodes.ts';

/** Settings of the rules about DataNodes. Times are in ms. */
export interface DatanodesConfig {
  /** A DataNode that was silent for longer than this is dead. */
  readonly heartbeatExpiryMs: number;
  /**
   * dfs.replication: a block with this many live replicas does not delay a decommission, even if its file wants more.
   */
  readonly replicationDefault: number;
  /** dfs.namenode.decommission.interval. */
  readonly decommissionIntervalMs: number;
  /** dfs.block.invalidate.limit: number of deletions in the answer to one heartbeat. */
  readonly invalidateLimit: number;
  readonly reportLeases: Omit<BlockReportLeaseOptions, 'firstId'>;
  /** Undefined if dfs.datanode.peer.stats.enabled is off. */
  readonly slowNodes?: SlowNodesConfig | undefined;
}

export function datanodesConfigOf(conf: Configuration): DatanodesConfig {
  return {
    // As in DatanodeManager.setHeartbeatExpireInterval.
    heartbeatExpiryMs:
      2 * conf.get('dfs.namenode.heartbeat.recheck-interval') + 10 * conf.get('dfs.heartbeat.interval'),
    replicationDefault: conf.get('dfs.replication'),
    decommissionIntervalMs: conf.get('dfs.namenode.decommission.interval'),
    invalidateLimit: conf.get('dfs.block.invalidate.limit'),
    reportLeases: {
      leasesMax: conf.get('dfs.namenode.max.full.block.report.leases'),
      lengthMs: conf.get('dfs.namenode.full.block.report.lease.length.ms'),
    },
    slowNodes: slowNodesConfigOf(conf),
  };
}

function slowNodesConfigOf(conf: Configuration): SlowNodesConfig | undefined {
  if (!conf.get('dfs.datanode.peer.stats.enabled')) return undefined;
  return {
    reportIntervalMs: conf.get('dfs.datanode.outliers.report.interval'),
    shownMax: conf.get('dfs.datanode.max.nodes.to.report'),
    collectIntervalMs: conf.get('dfs.namenode.slowpeer.collect.interval'),
    collectedMax: conf.get('dfs.namenode.max.slowpeer.collect.nodes'),
    areExcluded: conf.get('dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled'),
    areReadLast: conf.get('dfs.namenode.avoid.read.slow.datanode'),
  };
}
