/** The two calls of InterDatanodeProtocol on a replica of this DataNode. */
import {
  type ExtendedBlockProto,
  type InitReplicaRecoveryResponseProto,
  type RecoveringBlockProto,
  ReplicaStateProto,
} from '../../protocol/gen/messages.ts';
import type { DatanodeContext } from './datanode-context.ts';

/** InterDatanodeProtocol.initReplicaRecovery on this node's replica: stops its writer and puts it under recovery. */
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
 * InterDatanodeProtocol.updateReplicaUnderRecovery: the agreed length and generation stamp.
 * @param newBlockId another id than the block's has a copy get them; 0 for none
 * @returns the storage's uuid
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
