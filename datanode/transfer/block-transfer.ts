/** Copies a replica to other DataNodes, on the NameNode's order or for a client's pipeline. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { noteFailedAccess } from '../context/failed-access.ts';
import { describeReplica } from '../replicas/replica-rules.ts';
import { visibleLength } from '../replicas/replica-state.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { BlockSender } from './block-sender.ts';
import { connectTo } from './mirror.ts';

export interface TransferTargets {
  readonly targets: readonly DatanodeInfoProto[];
  readonly storageTypes: readonly StorageTypeProto[];
  readonly storageIds: readonly string[];
}

export interface Transfer extends TransferTargets {
  readonly block: ExtendedBlockProto;
  readonly stage: Stage;
  /** Empty for a copy that the NameNode ordered. */
  readonly clientName: string;
}

/**
 * Sends a replica to other DataNodes, in a pipeline of their own (Hadoop: DataTransfer).
 * @throws IOException if a target can't be reached or, for a client's transfer, does not confirm
 */
export async function transferBlock(context: DatanodeContext, transfer: Transfer): Promise<void> {
  const { block, targets, storageTypes, storageIds, stage, clientName } = transfer;
  const [first, ...rest] = targets;
  if (!first) return;
  const source = context.self();
  if (!source) throw hadoopError('IOException', 'Datanode not registered. Try again later.');
  const length = block.numBytes ?? 0;
  const request = { block, offset: 0, length, sendChecksums: true };
  context.metrics.xmitsInProgress++;
  let connection: DataConnection | undefined;
  try {
    const sender = await BlockSender.open(context.store, context.clock, request);
    try {
      connection = await connectTo(first, context.settings, rest.length);
      await connection.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, {
        header: { baseHeader: { block, token: NO_TOKEN }, clientName },
        targets: rest,
        source,
        stage,
        pipelineSize: 0,
        minBytesRcvd: 0,
        maxBytesRcvd: 0,
        latestGenerationStamp: 0,
        requestedChecksum: sender.checksum.toProto(),
        storageType: storageTypes[0] ?? StorageTypeProto.DISK,
        targetStorageTypes: storageTypes.slice(1),
        allowLazyPersist: false,
        pinning: false,
        targetPinnings: rest.map(() => false),
        storageId: storageIds[0],
        targetStorageIds: storageIds.slice(1),
      });
      await sender.send(connection, context.faults, context.transferThrottler);
      if (clientName !== '') await checkConfirmed(connection, block);
      await connection.end();
    } finally {
      await sender.close();
    }
    context.metrics.BlocksReplicated++;
    context.log.info({ block: formatBlock(block), to: first.id.hostName, bytes: length }, 'Transmitted');
  } catch (e) {
    const err = context.bugs.failureOf('BlockTransfer', { block: formatBlock(block) }, e);
    await noteFailedAccess(context, block, err);
    throw err;
  } finally {
    context.metrics.xmitsInProgress--;
    connection?.destroy();
  }
}

const NO_TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };

async function checkConfirmed(connection: DataConnection, block: ExtendedBlockProto): Promise<void> {
  const { status } = await connection.receiveMessage(BlockOpResponseProto);
  if (status === Status.SUCCESS) return;
  throw hadoopError(
    'IOException',
    `Bad connect ack, targets=${connection.remoteAddress} status=${status} for ${formatBlock(block)}`,
  );
}

/**
 * Serves TRANSFER_BLOCK: copies the bytes so far of a block to the node that takes a lost node's place in a pipeline.
 * @throws ReplicaNotFoundException, IOException
 */
export async function transferForPipeline(
  context: DatanodeContext,
  asked: ExtendedBlockProto,
  clientName: string,
  to: TransferTargets,
): Promise<void> {
  const { state } = context.store.get(asked);
  if (state.kind !== 'RBW' && state.kind !== 'FINALIZED') {
    const message = `${formatBlock(asked)} is neither a RBW nor a Finalized, r=${describeReplica(state)}`;
    throw hadoopError('IOException', message);
  }
  const { generationStamp } = state;
  if (generationStamp < asked.generationStamp) {
    const message = `${generationStamp} = storedGS < b.getGenerationStamp(), b=${formatBlock(asked)}`;
    throw hadoopError('IOException', message);
  }
  const block = { ...asked, generationStamp, numBytes: visibleLength(state) };
  const stage = state.kind === 'RBW' ? Stage.TRANSFER_RBW : Stage.TRANSFER_FINALIZED;
  await transferBlock(context, { block, stage, clientName, ...to });
}
