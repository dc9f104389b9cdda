import { DataChecksum } from '../protocol/checksum.ts';
import type { DataConnection } from '../protocol/data-connection.ts';
import { HadoopError, hadoopError } from '../protocol/errors.ts';
import {
  BlockOpResponseProto,
  type ExtendedBlockProto,
  type OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../protocol/gen/messages.ts';
import { formatBlock } from './block-layout.ts';
import { BlockReceiver } from './block-receiver.ts';
import type { PlacementWish } from './block-store.ts';
import type { DatanodeContext } from './datanode-context.ts';
import { type ConnectAck, openMirror, xferAddressOf } from './mirror.ts';
import { ReplicaWriter } from './replica-writer.ts';
import type { StorageType } from './storage-location.ts';
import type { StoredReplica } from './stored-replica.ts';

/**
 * WRITE_BLOCK: a client's pipeline at any of its stages, or another DataNode's copy of a block.
 *
 *     open the replica → connect to the next node → answer upstream → receive packets → finalize
 */
export async function writeBlock(context: DatanodeContext, upstream: DataConnection, header: OpWriteBlockProto): Promise<void> {
  const { block } = header.header.baseHeader;
  const isDatanode = header.header.clientName === '';
  const isTransfer = header.stage === Stage.TRANSFER_RBW || header.stage === Stage.TRANSFER_FINALIZED;
  const isPipeline = !isDatanode && !isTransfer;
  const name = formatBlock(block);
  context.log.info({ block: name, src: upstream.remoteAddress, dest: upstream.localAddress }, 'Receiving');
  let mirror: DataConnection | undefined;
  let replica: StoredReplica | undefined;
  try {
    if (isTransfer && header.targets.length > 0) {
      throw hadoopError('IOException', `stage ${header.stage} does not support multiple targets`);
    }
    const checksum = DataChecksum.fromProto(header.requestedChecksum);
    let writer: ReplicaWriter | undefined;
    try {
      replica = await openReplica(context, header, isDatanode || isTransfer);
      if (header.stage !== Stage.PIPELINE_CLOSE_RECOVERY || isDatanode) {
        writer = await openWriter(context, replica, checksum, isDatanode || isTransfer || header.stage === Stage.PIPELINE_SETUP_CREATE);
      }
      const ack = await connectMirror(context, header, !isDatanode).catch((e: unknown) => {
        if (isPipeline) throw new BadLink(e, header.targets[0] ? xferAddressOf(header.targets[0]) : '');
        context.log.info({ block: name, err: e }, 'continuing without the mirror');
        return undefined;
      });
      mirror = ack?.mirror;
      if (isPipeline) await answer(upstream, ack?.ack ?? { status: Status.SUCCESS, firstBadLink: '' });
    } catch (e) {
      await writer?.close();
      if (isPipeline) await answer(upstream, refusal(context, e));
      throw e;
    }
    if (writer) {
      const receiver = new BlockReceiver(context, {
        replica,
        writer,
        upstream,
        mirror,
        checksum,
        isPipeline,
        source: header.source,
        complete: completion(context, replica, header, isDatanode),
      });
      await receiver.receive();
      if (isTransfer) await answer(upstream, { status: Status.SUCCESS, firstBadLink: '' });
    } else {
      context.events.received(replica);
    }
    context.log.info({ block: replica.name, src: upstream.remoteAddress, bytes: replica.state.bytesOnDisk }, 'Received');
  } catch (e) {
    if (replica?.state.kind === 'TEMPORARY') await context.store.remove(replica);
    throw e;
  } finally {
    mirror?.destroy();
  }
}

/** The next node could not be reached: named to the client, who builds the pipeline without it. */
class BadLink extends Error {
  readonly firstBadLink: string;

  constructor(cause: unknown, firstBadLink: string) {
    super(`cannot reach the next node ${firstBadLink}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.firstBadLink = firstBadLink;
  }
}

function refusal(context: DatanodeContext, e: unknown): ConnectAck {
  const firstBadLink = e instanceof BadLink ? e.firstBadLink : context.xferAddress();
  const message = e instanceof HadoopError ? `${e.javaClass}: ${e.message}` : e instanceof Error ? e.message : String(e);
  return { status: Status.ERROR, firstBadLink, message };
}

function answer(upstream: DataConnection, ack: ConnectAck): Promise<void> {
  const { status, firstBadLink, message } = ack;
  return upstream.sendMessage(BlockOpResponseProto, { status, firstBadLink, message });
}

async function connectMirror(context: DatanodeContext, header: OpWriteBlockProto, awaitsAck: boolean) {
  if (header.targets.length === 0) return undefined;
  return openMirror(header, context.settings, awaitsAck);
}

function openWriter(
  context: DatanodeContext,
  replica: StoredReplica,
  checksum: DataChecksum,
  isNew: boolean,
): Promise<ReplicaWriter> {
  return isNew ? createWriter(context, replica, checksum) : ReplicaWriter.reopen(replica, context.store);
}

/** A replica whose files can't be made is none. */
async function createWriter(context: DatanodeContext, replica: StoredReplica, checksum: DataChecksum): Promise<ReplicaWriter> {
  try {
    return await ReplicaWriter.create(replica, context.store, checksum);
  } catch (e) {
    await context.store.remove(replica);
    throw e;
  }
}

async function openReplica(context: DatanodeContext, header: OpWriteBlockProto, isCopy: boolean): Promise<StoredReplica> {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  if (isCopy) return store.createTemporary(block, wishOf(header, block, context.settings.estimatedBlockSizeBytes));
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
      return store.reopen(block, { type: 'recoverRbw', generationStamp, newGenerationStamp, minBytesReceived, maxBytesReceived });
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
function completion(context: DatanodeContext, replica: StoredReplica, header: OpWriteBlockProto, isDatanode: boolean) {
  const { store, events } = context;
  const { block } = header.header.baseHeader;
  return async (): Promise<void> => {
    if (header.stage === Stage.TRANSFER_RBW) {
      // Joins a pipeline that goes on writing it.
      await store.convertToRbw(replica, block.generationStamp, block.numBytes ?? 0);
      return;
    }
    await store.finalize(replica);
    if (isDatanode || header.stage !== Stage.TRANSFER_FINALIZED) events.received(replica);
  };
}
