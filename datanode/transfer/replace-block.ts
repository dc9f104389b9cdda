/** REPLACE_BLOCK: takes a replica over from another DataNode or another storage, for the balancer. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  OpCopyBlockProto,
  type OpReplaceBlockProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { settled } from '../../runtime/promises.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { noteFailedAccess } from '../context/failed-access.ts';
import { ReplicaWriter } from '../replicas/replica-writer.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { storageTypeOf } from '../volumes/storage-location.ts';
import { BlockReceiver } from './block-receiver.ts';
import { connectTo } from './mirror.ts';

/** Pause between the messages that tell the balancer that the copy is under way. */
const PROGRESS_INTERVAL_MS = 30_000;

/**
 * Serves REPLACE_BLOCK (Hadoop: DataXceiver.replaceBlock). Fetches a replica from another DataNode and has the NameNode
 * delete the replica that the new one replaces. If the source is this DataNode, moves the replica between its storages.
 */
export async function replaceBlock(
  context: DatanodeContext,
  caller: DataConnection,
  op: OpReplaceBlockProto,
): Promise<void> {
  const { block } = op.header;
  const { balanceThrottler } = context;
  if (!balanceThrottler.acquire()) {
    const from = caller.remoteAddress;
    const message = `Not able to receive block ${block.blockId} from ${from} because threads quota is exceeded.`;
    context.log.info(message);
    await caller.sendMessage(BlockOpResponseProto, { status: Status.ERROR, message });
    return;
  }
  const progress = setInterval(() => {
    // The copy goes on if the caller has closed its connection.
    void settled(caller.sendMessage(BlockOpResponseProto, { status: Status.IN_PROGRESS }));
  }, PROGRESS_INTERVAL_MS);
  try {
    const isOurs = op.source.id.datanodeUuid === context.store.datanodeUuid;
    const moved = isOurs ? moveHere(context, op) : fetchReplica(context, op);
    await moved.finally(() => clearInterval(progress));
    await caller.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS });
  } catch (e) {
    const name = formatBlock(block);
    const err = context.bugs.failureOf('DataXceiver.replaceBlock', { block: name }, e);
    await noteFailedAccess(context, block, err);
    const message = `opReplaceBlock ${name} received exception ${err.message}`;
    context.log.info({ err }, message);
    await caller.sendMessage(BlockOpResponseProto, { status: Status.ERROR, message });
  } finally {
    balanceThrottler.release();
  }
}

/** Moves a replica of this DataNode to a volume of the storage type that the op names. */
async function moveHere({ store, events, metrics, log }: DatanodeContext, op: OpReplaceBlockProto): Promise<void> {
  const { block } = op.header;
  const storageType = storageTypeOf(op.storageType);
  const wish = { storageType, storageId: op.storageId, sizeBytes: block.numBytes ?? 0 };
  await store.moveAcrossStorage(block, wish, (moved) => events.received(moved));
  metrics.ReplaceBlockOpOnSameHost++;
  log.info(`Moved ${formatBlock(block)} to StorageType ${storageType}`);
}

async function fetchReplica(context: DatanodeContext, op: OpReplaceBlockProto): Promise<void> {
  const { store, settings, events } = context;
  const { block } = op.header;
  const storageType = storageTypeOf(op.storageType);
  const source = await connectTo(op.source, settings);
  try {
    await source.sendOp(Op.COPY_BLOCK, OpCopyBlockProto, { header: op.header });
    const response = await source.receiveMessage(BlockOpResponseProto);
    if (response.status !== Status.SUCCESS || !response.readOpChecksumInfo) {
      const why = response.message ?? `status ${response.status}`;
      throw hadoopError('IOException', `Copy block ${formatBlock(block)} from ${source.remoteAddress} failed: ${why}`);
    }
    const checksum = DataChecksum.fromProto(response.readOpChecksumInfo.checksum);
    const sizeBytes = block.numBytes || settings.estimatedBlockSizeBytes;
    const replica = await store.createTemporary(
      block,
      { storageType, storageId: op.storageId, sizeBytes },
      events.deleted,
    );
    try {
      const writer = await ReplicaWriter.create(replica, checksum);
      const complete = async (sync: boolean): Promise<void> => {
        await store.finalize(replica, sync);
        events.received(replica, op.delHint);
      };
      const options = {
        replica,
        writer,
        upstream: source,
        mirror: undefined,
        checksum,
        isPipeline: false,
        source: op.source,
        throttler: context.balanceThrottler,
        complete,
      };
      await new BlockReceiver(context, options).receive();
      context.metrics.ReplaceBlockOpToOtherHost++;
    } catch (e) {
      if (replica.state.kind === 'TEMPORARY') await store.remove(replica);
      throw e;
    }
  } finally {
    source.destroy();
  }
}
