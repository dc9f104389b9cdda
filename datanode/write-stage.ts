import type { DataChecksum } from '../protocol/checksum.ts';
import { hadoopError } from '../protocol/errors.ts';
import {
  type ExtendedBlockProto,
  type OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  StorageTypeProto,
} from '../protocol/gen/messages.ts';
import { formatBlock } from './block-layout.ts';
import type { PlacementWish } from './block-store.ts';
import type { DatanodeContext } from './datanode-context.ts';
import { ReplicaWriter } from './replica-writer.ts';
import type { StorageType } from './storage-location.ts';
import type { StoredReplica } from './stored-replica.ts';

/** Who writes: a client's pipeline; a DataNode on behalf of a pipeline that lacks a node; a DataNode that was told to. */
export type WriteKind = 'pipeline' | 'transfer' | 'copy';

export function kindOf(header: OpWriteBlockProto): WriteKind {
  if (header.header.clientName === '') return 'copy';
  const isTransfer = header.stage === Stage.TRANSFER_RBW || header.stage === Stage.TRANSFER_FINALIZED;
  if (isTransfer && header.targets.length > 0) {
    throw hadoopError('IOException', `stage ${header.stage} does not support multiple targets`);
  }
  return isTransfer ? 'transfer' : 'pipeline';
}

/** Creates or reopens the replica that a WRITE_BLOCK is about. @throws with Hadoop's words for the replica's state */
export async function openReplica(
  context: DatanodeContext,
  header: OpWriteBlockProto,
  kind: WriteKind,
): Promise<StoredReplica> {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  if (kind !== 'pipeline')
    return store.createTemporary(block, wishOf(header, block, context.settings.estimatedBlockSizeBytes));
  const { generationStamp } = block;
  const newGenerationStamp = header.latestGenerationStamp;
  const reopening = { generationStamp, newGenerationStamp, expectedLength: header.minBytesRcvd };
  switch (header.stage) {
    case Stage.PIPELINE_SETUP_CREATE: {
      const replica = await store.createRbw(block, wishOf(header, block, context.settings.estimatedBlockSizeBytes));
      events.receiving(replica);
      return replica;
    }
    case Stage.PIPELINE_SETUP_STREAMING_RECOVERY: {
      const { minBytesRcvd: minBytesReceived, maxBytesRcvd: maxBytesReceived } = header;
      return store.reopen(block, {
        type: 'recoverRbw',
        generationStamp,
        newGenerationStamp,
        minBytesReceived,
        maxBytesReceived,
      });
    }
    case Stage.PIPELINE_SETUP_APPEND:
    case Stage.PIPELINE_SETUP_APPEND_RECOVERY: {
      const type = header.stage === Stage.PIPELINE_SETUP_APPEND ? 'append' : 'recoverAppend';
      const replica = await store.reopen(block, { type, ...reopening });
      events.receiving(replica);
      return replica;
    }
    case Stage.PIPELINE_CLOSE_RECOVERY:
      return store.reopen(block, { type: 'recoverClose', ...reopening });
    default:
      throw hadoopError('IOException', `Unsupported stage ${header.stage} while receiving block ${formatBlock(block)}`);
  }
}

function wishOf(header: OpWriteBlockProto, block: ExtendedBlockProto, estimatedBlockSizeBytes: number): PlacementWish {
  const number = header.storageType ?? StorageTypeProto.DISK;
  const names = Object.keys(StorageTypeProto) as StorageType[];
  const storageType = names.find((name) => StorageTypeProto[name] === number) ?? 'DISK';
  return { storageType, storageId: header.storageId, sizeBytes: block.numBytes || estimatedBlockSizeBytes };
}

/** What becomes of the replica when all its packets are there. */
export function completion(
  context: DatanodeContext,
  replica: StoredReplica,
  header: OpWriteBlockProto,
  kind: WriteKind,
) {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  return async (): Promise<void> => {
    if (header.stage === Stage.TRANSFER_RBW) {
      // Joins a pipeline that goes on writing it.
      await store.convertToRbw(replica, block.generationStamp, block.numBytes ?? 0);
      return;
    }
    await store.finalize(replica);
    // A node that is still to join a pipeline is not told of.
    if (kind !== 'transfer') events.received(replica);
  };
}

/** A replica whose files can't be made is none. */
export async function createWriter(
  context: DatanodeContext,
  replica: StoredReplica,
  checksum: DataChecksum,
): Promise<ReplicaWriter> {
  try {
    return await ReplicaWriter.create(replica, context.store, checksum);
  } catch (e) {
    await context.store.remove(replica);
    throw e;
  }
}
