/** The two calls of InterDatanodeProtocol on a replica of this DataNode. */
import {
  type ExtendedBlockProto,
  type InitReplicaRecoveryResponseProto,
  type RecoveringBlockProto,
  ReplicaStateProto,
} from '../../protocol/gen/messages.ts';
import type { DatanodeContext } from './datanode-context.ts';

/** Stops the writer of this node's replica and puts the replica under recovery (InterDatanodeProtocol). */
export async function initReplicaRecovery(
  context: DatanodeContext,
  recovering: RecoveringBlockProto,
): Promise<InitReplicaRecoveryResponseProto> {
  const original = await context.store.beginRecovery(recovering.block.b, recovering.newGenStamp);
  if (!original) return { replicaFound: false };
  const { blockId, generationStamp, bytesOnDisk } = original;
  const block = { blockId, genStamp: generationStamp, numBytes: bytesOnDisk };
  return { replicaFound: true, state: ReplicaStateProto[original.kind], block };
}

/**
 * Gives this node's replica the agreed length and generation stamp, and finalizes it (InterDatanodeProtocol).
 * @param newBlockId if it is not 0 and not the block's id, a copy under it gets both instead
 * @returns the uuid of the replica's storage
 */
export async function updateReplicaUnderRecovery(
  context: DatanodeContext,
  block: ExtendedBlockProto,
  recoveryId: number,
  newLength: number,
  newBlockId: number,
): Promise<string> {
  const replica = await context.store.endRecovery(block, recoveryId, newLength, newBlockId || block.blockId);
  context.events.received(replica);
  return replica.volume.storageId;
}
