/** Decides which replicas are corrupt, and which corrupt replicas can be deleted. */
import { countReplicas, isBeingWritten, REPLICA_FINALIZED, REPLICA_RBW, REPLICA_RWR } from '../locations/block-info.ts';
import type { BlockInfo, CorruptReason, CorruptReplica, StorageInfo } from '../locations/model.ts';

/**
 * Returns why a reported replica is corrupt, or undefined if it is not (BlockManager.checkReplicaCorrupt). A replica of
 * a COMPLETE block that is reported as still being written is not corrupt: the report may only be late.
 */
export function checkReplicaCorrupt(
  block: BlockInfo,
  replica: { readonly genStamp: number; readonly numBytes: number; readonly state: number },
): CorruptReason | undefined {
  switch (replica.state) {
    case REPLICA_FINALIZED:
      if (isBeingWritten(block)) return replica.genStamp < block.genStamp ? 'GENSTAMP_MISMATCH' : undefined;
      if (replica.genStamp !== block.genStamp) return 'GENSTAMP_MISMATCH';
      return replica.numBytes === block.numBytes ? undefined : 'SIZE_MISMATCH';
    case REPLICA_RBW:
    case REPLICA_RWR:
      if (block.state !== 'COMPLETE') return undefined;
      if (replica.genStamp !== block.genStamp) return 'GENSTAMP_MISMATCH';
      return replica.state === REPLICA_RBW ? undefined : 'INVALID_STATE';
    default:
      return 'INVALID_STATE';
  }
}

/**
 * Returns the corrupt replicas that can be deleted now (BlockManager.markBlockAsCorrupt).
 * If there are enough good replicas, these are all of them. With at least the minimum of good replicas, they are those
 * of an older generation, and those of the others that exceed the replication. Otherwise there are none. A corrupt
 * replica thus stays while no DataNode is free for a new copy: it may hold bytes that the other replicas lose.
 */
export function deletableCorrupt(
  block: BlockInfo,
  wanted: number,
  replicationMin: number,
): [StorageInfo, CorruptReplica][] {
  if (block.corrupt === undefined) return [];
  const { live, corrupt } = countReplicas(block);
  const all = [...block.corrupt];
  if (live >= wanted) return all;
  if (live < replicationMin) return [];
  const older = all.filter(([, replica]) => isOlder(block, replica));
  const rest = all.filter(([, replica]) => !isOlder(block, replica));
  const beyond = Math.max(0, live + corrupt - older.length - wanted);
  return [...older, ...rest.slice(0, beyond)];
}

/** Returns true for a replica of an older generation, which a rebuilt pipeline left behind. */
const isOlder = (block: BlockInfo, replica: CorruptReplica): boolean =>
  replica.reason === 'GENSTAMP_MISMATCH' && replica.genStamp < block.genStamp;
