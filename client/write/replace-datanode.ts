import type { Configuration } from '../../conf/configuration.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { nodeList, type PipelineNode } from '../dfs/allocated-block.ts';

const POLICY_KEY = 'dfs.client.block.write.replace-datanode-on-failure.policy';
const POLICIES = ['NEVER', 'DEFAULT', 'ALWAYS'] as const;

export type ReplaceDatanodePolicy = (typeof POLICIES)[number];

export interface ReplaceDatanodeRule {
  readonly policy: ReplaceDatanodePolicy;
  /** Go on with the nodes that are left when no replacement can be had. */
  readonly bestEffort: boolean;
  /** Go on without a replacement while at least so many nodes are left; 0: never. */
  readonly nodesMin: number;
}

export interface PipelineFacts {
  /** The file's replication factor. */
  readonly replication: number;
  /** DataNodes left in the pipeline. */
  readonly nodesLeft: number;
  readonly isAppend: boolean;
  readonly isHflushed: boolean;
}

/** @throws HadoopIllegalArgumentException for an unknown policy */
export function replaceDatanodeRule(conf: Configuration): ReplaceDatanodeRule {
  const text = conf.get(POLICY_KEY).toUpperCase();
  const policy = POLICIES.find((p) => p === text);
  if (!policy) {
    throw hadoopError('HadoopIllegalArgumentException', `Illegal configuration value for ${POLICY_KEY}: ${text}`);
  }
  return {
    policy: conf.get('dfs.client.block.write.replace-datanode-on-failure.enable') ? policy : 'NEVER',
    bestEffort: conf.get('dfs.client.block.write.replace-datanode-on-failure.best-effort'),
    nodesMin: conf.get('dfs.client.block.write.replace-datanode-on-failure.min-replication'),
  };
}

/**
 * Whether a failed DataNode of a pipeline is to be replaced. With r the replication factor and n the nodes left, a
 * pipeline that is empty or still complete (n = 0, n >= r) never is; else
 *   NEVER    no
 *   DEFAULT  if r >= 3 and (n <= floor(r / 2), or the block was hflushed or appended to)
 *   ALWAYS   yes
 */
export function wantsReplacement(policy: ReplaceDatanodePolicy, facts: PipelineFacts): boolean {
  const { replication: r, nodesLeft: n } = facts;
  if (n === 0 || n >= r) return false;
  switch (policy) {
    case 'NEVER':
      return false;
    case 'DEFAULT':
      return r >= 3 && (n <= Math.floor(r / 2) || facts.isAppend || facts.isHflushed);
    case 'ALWAYS':
      return true;
  }
}

/** Whether a pipeline may go on with the nodes that are left, when a replacement was wanted and can't be had. */
export function mayGoOnWithout({ bestEffort, nodesMin }: ReplaceDatanodeRule, nodesLeft: number): boolean {
  return bestEffort || (nodesMin > 0 && nodesLeft >= nodesMin);
}

/** What a writer hears when the NameNode gave `current`, in which there is no DataNode that is not in `original`. */
export function noMoreDatanodes(
  policy: ReplaceDatanodePolicy,
  current: readonly PipelineNode[],
  original: readonly PipelineNode[],
): HadoopError {
  const nodes = `Nodes: current=[${nodeList(current)}], original=[${nodeList(original)}]`;
  const message = [
    'Failed to replace a bad datanode on the existing pipeline due to no more good datanodes being available to try.',
    `(${nodes}). The current failed datanode replacement policy is ${policy}, and a client may configure this via`,
    `'${POLICY_KEY}' in its configuration.`,
  ];
  return hadoopError('IOException', message.join(' '));
}
