/** Reads the settings of the rules about blocks. */
import type { Configuration } from '../../conf/configuration.ts';
import { namenodeRpcAddress } from '../../conf/namenode-address.ts';
import type { RackTable } from '../../conf/rack-table.ts';
import type { SafeModeConfig } from './safe-mode.ts';

/** Settings of the rules about blocks. Times are in ms, sizes in bytes. */
export interface BlocksConfig {
  readonly blockPoolId: string;
  /** The host name that the message of SafeModeException shows. */
  readonly hostName: string;
  readonly racks: RackTable;
  /** dfs.namenode.replication.min. */
  readonly replicationMin: number;
  /** dfs.replication.max. */
  readonly replicationMax: number;
  /** dfs.namenode.stale.datanode.interval. */
  readonly staleIntervalMs: number;
  /** dfs.heartbeat.interval. */
  readonly heartbeatIntervalMs: number;
  /** dfs.namenode.redundancy.interval.seconds. */
  readonly redundancyIntervalMs: number;
  /** dfs.namenode.reconstruction.pending.timeout-sec. */
  readonly pendingReconstructionTimeoutMs: number;
  /** dfs.namenode.replication.max-streams. */
  readonly replicationStreamsMax: number;
  /** dfs.namenode.replication.max-streams-hard-limit. */
  readonly replicationStreamsHardMax: number;
  /** dfs.namenode.replication.work.multiplier.per.iteration. */
  readonly replicationWorkMultiplier: number;
  /** dfs.namenode.redundancy.considerLoad.factor; 0 if dfs.namenode.redundancy.considerLoad is off. */
  readonly loadFactorMax: number;
  /**
   * dfs.namenode.maintenance.replication.min: the least number of live replicas of a block while other replicas are on
   * DataNodes in maintenance.
   */
  readonly maintenanceReplicationMin: number;
  /** A block recovery that took longer begins again with another primary. */
  readonly blockRecoveryTimeoutMs: number;
  readonly safeMode: SafeModeConfig;
}

/** BlockManager.BLOCK_RECOVERY_TIMEOUT_MULTIPLIER: a recovery times out after this many heartbeat intervals. */
const BLOCK_RECOVERY_HEARTBEATS = 30;

/**
 * Returns the settings.
 * @throws Error if dfs.namenode.maintenance.replication.min is negative or greater than dfs.replication
 */
export function blocksConfigOf(conf: Configuration, blockPoolId: string, racks: RackTable): BlocksConfig {
  const { host } = namenodeRpcAddress(conf);
  return {
    blockPoolId,
    hostName: host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host,
    racks,
    replicationMin: conf.get('dfs.namenode.replication.min'),
    replicationMax: conf.get('dfs.replication.max'),
    staleIntervalMs: conf.get('dfs.namenode.stale.datanode.interval'),
    heartbeatIntervalMs: conf.get('dfs.heartbeat.interval'),
    redundancyIntervalMs: conf.get('dfs.namenode.redundancy.interval.seconds'),
    pendingReconstructionTimeoutMs: conf.get('dfs.namenode.reconstruction.pending.timeout-sec'),
    replicationStreamsMax: conf.get('dfs.namenode.replication.max-streams'),
    replicationStreamsHardMax: conf.get('dfs.namenode.replication.max-streams-hard-limit'),
    replicationWorkMultiplier: conf.get('dfs.namenode.replication.work.multiplier.per.iteration'),
    loadFactorMax: conf.get('dfs.namenode.redundancy.considerLoad')
      ? conf.get('dfs.namenode.redundancy.considerLoad.factor')
      : 0,
    maintenanceReplicationMin: maintenanceReplicationMin(conf),
    blockRecoveryTimeoutMs: BLOCK_RECOVERY_HEARTBEATS * conf.get('dfs.heartbeat.interval'),
    safeMode: {
      thresholdPct: conf.get('dfs.namenode.safemode.threshold-pct'),
      minDatanodes: conf.get('dfs.namenode.safemode.min.datanodes'),
      extensionMs: conf.get('dfs.namenode.safemode.extension'),
    },
  };
}

function maintenanceReplicationMin(conf: Configuration): number {
  const min = conf.get('dfs.namenode.maintenance.replication.min');
  const all = conf.get('dfs.replication');
  const wrong = min < 0 ? '< 0' : min > all ? `> dfs.replication = ${all}` : undefined;
  if (wrong === undefined) return min;
  throw new Error(`Unexpected configuration parameters: dfs.namenode.maintenance.replication.min = ${min} ${wrong}`);
}
