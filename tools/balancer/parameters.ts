/** The parameters of one balancer run. */
import type { PolicyName } from './balancing-policy.ts';

/** What `hdfs balancer` is told; org.apache.hadoop.hdfs.server.balancer.BalancerParameters. */
export interface BalancerParameters {
  readonly policy: PolicyName;
  /** Percent of a DataNode's capacity that its utilization may differ from the cluster's. */
  readonly threshold: number;
  /** Rounds in a row that move nothing; -1: any number. */
  readonly idleIterationsMax: number;
  /** Host names or addresses, with or without a port; empty: all. */
  readonly included: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  /** Only these give blocks away; empty: all. */
  readonly sources: ReadonlySet<string>;
  readonly blockPools: ReadonlySet<string>;
  readonly runDuringUpgrade: boolean;
  readonly asService: boolean;
  readonly sortTopNodes: boolean;
  /** Blocks of files changed so recently come last; undefined: dfs.balancer.getBlocks.hot-time-interval. */
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
