/** Which replicas are corrupt, and which of them can be deleted. */
import { countReplicas, isBeingWritten, REPLICA_FINALIZED, REPLICA_RBW, REPLICA_RWR } from './block-info.ts';
import type { BlockInfo, CorruptReason, CorruptReplica, StorageInfo } from './model.ts';

/**
 * Returns the fault of a replica as its DataNode reports it, or undefined (BlockManager.checkReplicaCorrupt).
 * A replica that has not been finalized yet although its block is complete may only be reported late.
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
 * The corrupt replicas that can be deleted now (BlockManager.markBlockAsCorrupt): all when there are enough good ones;
 * those of an older generation when the minimum of good ones is there; and of the others what there is beyond the
 * replication. With no spare DataNode for a new copy, a corrupt replica thus stays until there is one: it may hold
 * bytes that the others lose.
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

/** Left behind by a pipeline that was rebuilt. */
const isOlder = (block: BlockInfo, replica: CorruptReplica): boolean =>
  replica.reason === 'GENSTAMP_MISMATCH' && replica.genStamp < block.genStamp;
