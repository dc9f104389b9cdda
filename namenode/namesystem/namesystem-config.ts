import type { Configuration } from '../../conf/configuration.ts';
import { namenodeRpcAddress } from '../../conf/namenode-address.ts';
import { BLOCK_RECOVERY_HEARTBEATS } from '../blocks/block-recovery.ts';
import type { RackTable } from '../blocks/topology.ts';
import type { NamesystemConfig } from './state.ts';

/** @throws Error when fewer than none or more than all replicas are to be kept */
function maintenanceReplicationMin(conf: Configuration): number {
  const min = conf.get('dfs.namenode.maintenance.replication.min');
  const all = conf.get('dfs.replication');
  const wrong = min < 0 ? '< 0' : min > all ? `> dfs.replication = ${all}` : undefined;
  if (wrong === undefined) return min;
  throw new Error(`Unexpected configuration parameters: dfs.namenode.maintenance.replication.min = ${min} ${wrong}`);
}

function slowNodesConfig(conf: Configuration): NamesystemConfig['slowNodes'] {
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

/** The settings of the rules, from the configuration. */
export function namesystemConfig(conf: Configuration, blockPoolId: string, racks: RackTable): NamesystemConfig {
  const { host } = namenodeRpcAddress(conf);
  return {
    blockPoolId,
    hostName: host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host,
    permissionsEnabled: conf.get('dfs.permissions.enabled'),
    replicationMin: conf.get('dfs.namenode.replication.min'),
    replicationMax: conf.get('dfs.replication.max'),
    blockSizeMinBytes: conf.get('dfs.namenode.fs-limits.min-block-size'),
    blocksPerFileMax: conf.get('dfs.namenode.fs-limits.max-blocks-per-file'),
    componentLengthMax: conf.get('dfs.namenode.fs-limits.max-component-length'),
    directoryItemsMax: conf.get('dfs.namenode.fs-limits.max-directory-items'),
    listingLimit: conf.get('dfs.ls.limit'),
    accessTimePrecisionMs: conf.get('dfs.namenode.accesstime.precision'),
    heartbeatExpiryMs:
      2 * conf.get('dfs.namenode.heartbeat.recheck-interval') + 10 * conf.get('dfs.heartbeat.interval'),
    staleIntervalMs: conf.get('dfs.namenode.stale.datanode.interval'),
    redundancyIntervalMs: conf.get('dfs.namenode.redundancy.interval.seconds'),
    heartbeatIntervalMs: conf.get('dfs.heartbeat.interval'),
    pendingReconstructionTimeoutMs: conf.get('dfs.namenode.reconstruction.pending.timeout-sec'),
    replicationStreamsMax: conf.get('dfs.namenode.replication.max-streams'),
    replicationStreamsHardMax: conf.get('dfs.namenode.replication.max-streams-hard-limit'),
    loadFactorMax: conf.get('dfs.namenode.redundancy.considerLoad')
      ? conf.get('dfs.namenode.redundancy.considerLoad.factor')
      : 0,
    slowNodes: slowNodesConfig(conf),
    replicationWorkMultiplier: conf.get('dfs.namenode.replication.work.multiplier.per.iteration'),
    replicationDefault: conf.get('dfs.replication'),
    decommissionIntervalMs: conf.get('dfs.namenode.decommission.interval'),
    maintenanceReplicationMin: maintenanceReplicationMin(conf),
    invalidateLimit: conf.get('dfs.block.invalidate.limit'),
    leaseHardLimitMs: conf.get('dfs.namenode.lease-hard-limit-sec'),
    blockRecoveryTimeoutMs: BLOCK_RECOVERY_HEARTBEATS * conf.get('dfs.heartbeat.interval'),
    safeMode: {
      thresholdPct: conf.get('dfs.namenode.safemode.threshold-pct'),
      minDatanodes: conf.get('dfs.namenode.safemode.min.datanodes'),
      extensionMs: conf.get('dfs.namenode.safemode.extension'),
    },
    racks,
  };
}
