import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';

export interface ReplicaChoice {
  /** The replicas of a block in the NameNode's order: nearest first by its topology. */
  readonly replicas: readonly DatanodeInfoProto[];
  /** IP addresses and names of this host. */
  readonly localAddresses: ReadonlySet<string>;
  /** DataNodes that failed this reader, by datanodeUuid. */
  readonly dead: ReadonlySet<string>;
}

export function isLocalDatanode(node: DatanodeInfoProto, localAddresses: ReadonlySet<string>): boolean {
  return localAddresses.has(node.id.ipAddr) || localAddresses.has(node.id.hostName);
}

/**
 * The replica to read: one on this host before all others, then the NameNode's order; never one that failed before.
 * Undefined when none is left: the locations must be fetched again.
 */
export function chooseReplica({ replicas, localAddresses, dead }: ReplicaChoice): DatanodeInfoProto | undefined {
  const alive = replicas.filter((node) => !dead.has(node.id.datanodeUuid));
  return alive.find((node) => isLocalDatanode(node, localAddresses)) ?? alive[0];
}

/**
 * How long to wait before the locations are fetched again for the n-th time (from 0), so that not every reader comes
 * back at once: up to `windowMs` the first time, then a longer, later window each time.
 * @param random in [0, 1)
 */
export function refetchDelayMs(failures: number, windowMs: number, random: number): number {
  return windowMs * failures + windowMs * (failures + 1) * random;
}
