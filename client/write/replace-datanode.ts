/** The policy for replacing a failed DataNode of a pipeline (Hadoop: ReplaceDatanodeOnFailure). */
import type { Configuration } from '../../conf/configuration.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { nodeList, type PipelineNode } from '../dfs/allocated-block.ts';

const POLICY_KEY = 'dfs.client.block.write.replace-datanode-on-failure.policy';
const POLICIES = ['NEVER', 'DEFAULT', 'ALWAYS'] as const;

export type ReplaceDatanodePolicy = (typeof POLICIES)[number];

export interface ReplaceDatanodeRule {
  readonly policy: ReplaceDatanodePolicy;
  /** The writer goes on with the remaining nodes when no replacement can be had. */
  readonly bestEffort: boolean;
  /** The writer goes on without a replacement while at least this number of nodes remains; 0: never. */
  readonly nodesMin: number;
}

export interface PipelineFacts {
  /** The file's replication factor. */
  readonly replication: number;
  /** The number of DataNodes that remain in the pipeline. */
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
 * Returns whether a failed DataNode of a pipeline is to be replaced. r is the replication factor, n the number of remaining
 * nodes. A pipeline that is empty or still complete (n = 0, n >= r) needs no replacement. For the others:
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

/** Returns whether a pipeline may go on with the remaining nodes when a replacement is wanted and can't be had. */
export function mayGoOnWithout({ bestEffort, nodesMin }: ReplaceDatanodeRule, nodesLeft: number): boolean {
  return bestEffort || (nodesMin > 0 && nodesLeft >= nodesMin);
}

/** Returns the error for an answer of the NameNode, `current`, that has no DataNode beside those of `original`. */
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
