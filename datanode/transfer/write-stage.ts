/** The stages of WRITE_BLOCK: each opens and completes the replica in its own way. */
import type { DataChecksum } from '../../protocol/checksum/checksum.ts';
import {
  type ExtendedBlockProto,
  type OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
} from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { isDiskError, isNoRoom } from '../../runtime/files/disk-errors.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { ReplicaWriter } from '../replicas/replica-writer.ts';
import type { ReplicaHolder, StoredReplica } from '../replicas/stored-replica.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { storageTypeOf } from '../volumes/storage-location.ts';
import type { PlacementWish } from '../volumes/volume-list.ts';

/**
 * The sender of a WRITE_BLOCK: `pipeline` is a client's pipeline, `transfer` a DataNode that brings a new node of a
 * pipeline up to date, `copy` a DataNode that the NameNode told to copy a block.
 */
export type WriteKind = 'pipeline' | 'transfer' | 'copy';

/** @throws IOException if a transfer names more than one target */
export function kindOf(header: OpWriteBlockProto): WriteKind {
  if (header.header.clientName === '') return 'copy';
  const isTransfer = header.stage === Stage.TRANSFER_RBW || header.stage === Stage.TRANSFER_FINALIZED;
  if (isTransfer && header.targets.length > 0) {
    throw hadoopError('IOException', `stage ${header.stage} does not support multiple targets`);
  }
  return isTransfer ? 'transfer' : 'pipeline';
}

/**
 * Creates or reopens the replica of a WRITE_BLOCK.
 * @param holder the writer of a reopened replica from now on
 * @throws HadoopError with Hadoop's message if the replica's state does not allow the stage
 */
export async function openReplica(
  context: DatanodeContext,
  header: OpWriteBlockProto,
  kind: WriteKind,
  holder: ReplicaHolder,
): Promise<StoredReplica> {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  if (kind !== 'pipeline') {
    const wish = wishOf(header, block, context.settings.estimatedBlockSizeBytes);
    return store.createTemporary(block, wish, events.deleted);
  }
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
      const lengths = { minBytesReceived, maxBytesReceived };
      return store.reopen(block, { type: 'recoverRbw', generationStamp, newGenerationStamp, ...lengths }, holder);
    }
    case Stage.PIPELINE_SETUP_APPEND:
    case Stage.PIPELINE_SETUP_APPEND_RECOVERY: {
      const type = header.stage === Stage.PIPELINE_SETUP_APPEND ? 'append' : 'recoverAppend';
      const replica = await store.reopen(block, { type, ...reopening }, holder);
      events.receiving(replica);
      return replica;
    }
    case Stage.PIPELINE_CLOSE_RECOVERY:
      return store.reopen(block, { type: 'recoverClose', ...reopening }, holder);
    default:
      throw hadoopError('IOException', `Unsupported stage ${header.stage} while receiving block ${formatBlock(block)}`);
  }
}

function wishOf(header: OpWriteBlockProto, block: ExtendedBlockProto, estimatedBlockSizeBytes: number): PlacementWish {
  const storageType = storageTypeOf(header.storageType);
  return { storageType, storageId: header.storageId, sizeBytes: block.numBytes || estimatedBlockSizeBytes };
}

/** Returns the function that completes the replica when all its packets are on disk. */
export function completion(
  context: DatanodeContext,
  replica: StoredReplica,
  header: OpWriteBlockProto,
  kind: WriteKind,
) {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  return async (sync: boolean): Promise<void> => {
    if (header.stage === Stage.TRANSFER_RBW) {
      // The replica joins a pipeline that goes on writing the block.
      await store.convertToRbw(replica, block.generationStamp, block.numBytes ?? 0);
      return;
    }
    await store.finalize(replica, sync);
    // The NameNode does not hear of a node that has yet to join the pipeline.
    if (kind !== 'transfer') events.received(replica);
  };
}

/** Creates a replica and its files. If the chosen volume turns out to be full, the next volume is tried. */
export async function createReplica(
  context: DatanodeContext,
  header: OpWriteBlockProto,
  kind: WriteKind,
  checksum: DataChecksum,
  holder: ReplicaHolder,
): Promise<{ replica: StoredReplica; writer: ReplicaWriter }> {
  for (;;) {
    const replica = await openReplica(context, header, kind, holder);
    replica.writer = holder;
    try {
      return { replica, writer: await ReplicaWriter.create(replica, checksum) };
    } catch (e) {
      if (isDiskError(e)) replica.volume.noteSuspect();
      // Without its files the replica does not exist.
      await context.store.remove(replica);
      if (!isNoRoom(e)) throw e;
      replica.volume.noteFull();
    }
  }
}
