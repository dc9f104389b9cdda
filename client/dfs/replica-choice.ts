/** The replica that a reader takes. */
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
 * Returns the replica to read: a replica on this host first, then the NameNode's order, never a DataNode that failed
 * before. Undefined when none is left; the caller then fetches the locations again.
 */
export function chooseReplica({ replicas, localAddresses, dead }: ReplicaChoice): DatanodeInfoProto | undefined {
  const alive = replicas.filter((node) => !dead.has(node.id.datanodeUuid));
  return alive.find((node) => isLocalDatanode(node, localAddresses)) ?? alive[0];
}

/**
 * Returns the ms to wait before the locations are fetched again for the n-th time (from 0). Each wait is drawn from a
 * window, so that readers do not all come back at once; each window is later and longer than the one before
 * (Hadoop: DFSInputStream.chooseDataNode).
 * @param random in [0, 1)
 */
export function refetchDelayMs(failures: number, windowMs: number, random: number): number {
  return windowMs * failures + windowMs * (failures + 1) * random;
}
