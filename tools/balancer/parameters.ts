/** The parameters of one balancer run. */
import type { PolicyName } from './balancing-policy.ts';

/** The choices of `hdfs balancer`; org.apache.hadoop.hdfs.server.balancer.BalancerParameters. */
export interface BalancerParameters {
  readonly policy: PolicyName;
  /** Percentage points by which a DataNode's utilization may differ from the cluster's. */
  readonly threshold: number;
  /** Most rounds in a row that move nothing; -1 for any number. */
  readonly idleIterationsMax: number;
  /** Host names or addresses, with or without a port. An empty set is all DataNodes. */
  readonly included: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  /** The DataNodes that give blocks away. An empty set is all DataNodes. */
  readonly sources: ReadonlySet<string>;
  readonly blockPools: ReadonlySet<string>;
  readonly runDuringUpgrade: boolean;
  readonly asService: boolean;
  readonly sortTopNodes: boolean;
  /** Blocks of files changed within this time come last; undefined for dfs.balancer.getBlocks.hot-time-interval. */
  readonly hotBlockTimeIntervalMs: number | undefined;
}

/** The parameters of `hdfs balancer` without arguments, as in Hadoop. */
export const DEFAULT_PARAMETERS: BalancerParameters = {
  policy: 'datanode',
  threshold: 10,
  idleIterationsMax: 5,
  included: new Set(),
  excluded: new Set(),
  sources: new Set(),
  blockPools: new Set(),
  runDuringUpgrade: false,
  asService: false,
  sortTopNodes: false,
  hotBlockTimeIntervalMs: undefined,
};
