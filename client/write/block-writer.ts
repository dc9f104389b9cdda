/** Opening a pipeline, and copying a replica to a DataNode that joins it. */
import type { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  OpTransferBlockProto,
  OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as StageProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { HadoopError, hadoopError, JAVA_CLASSES, type JavaClassName, messageOf } from '../../runtime/errors.ts';
import type { PipelineNode } from '../dfs/allocated-block.ts';
import { xferAddress } from '../dfs/block-format.ts';
import { connectDatanode } from '../dfs/connect-datanode.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { opStatusMessage } from '../dfs/op-status.ts';
import type { Effect, SetupStage } from './pipeline-events.ts';

const STAGES: Record<SetupStage, StageProto> = {
  CREATE: StageProto.PIPELINE_SETUP_CREATE,
  APPEND: StageProto.PIPELINE_SETUP_APPEND,
  APPEND_RECOVERY: StageProto.PIPELINE_SETUP_APPEND_RECOVERY,
  STREAMING_RECOVERY: StageProto.PIPELINE_SETUP_STREAMING_RECOVERY,
  CLOSE_RECOVERY: StageProto.PIPELINE_CLOSE_RECOVERY,
};

/** A pipeline that could not be set up, with the place of the node that caused it, if that is known. */
export class SetupError extends HadoopError {
  readonly badNode: number | undefined;
  readonly restarting: boolean;

  constructor(name: JavaClassName, message: string, badNode: number | undefined, restarting: boolean, cause?: unknown) {
    super(JAVA_CLASSES[name], message, cause);
    this.badNode = badNode;
    this.restarting = restarting;
  }
}

/**
 * Connects to the first DataNode of a pipeline, which connects to the second, and so on. Resolves when all are ready.
 * @param signal closes the connection at any time
 * @throws SetupError
 */
export async function openPipeline(
  client: DfsClient,
  effect: Effect<'connect'>,
  file: { readonly blockSizeBytes: number },
  checksum: DataChecksum,
  signal: AbortSignal,
): Promise<DataConnection> {
  const { nodes } = effect;
  const [first, ...rest] = nodes;
  if (!first) throw new SetupError('IOException', 'A pipeline needs a DataNode', undefined, false);
  let connection: DataConnection | undefined;
  try {
    connection = await connectDatanode(client, first.info, signal);
    connection.setTimeout(client.readTimeoutMs(nodes.length));
    await connection.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, {
      header: {
        baseHeader: { block: { ...effect.block, numBytes: file.blockSizeBytes }, token: effect.token },
        clientName: client.clientName,
      },
      targets: rest.map((n) => n.info),
      stage: STAGES[effect.stage],
      pipelineSize: nodes.length,
      minBytesRcvd: effect.bytesAcked,
      maxBytesRcvd: effect.bytesSent,
      latestGenerationStamp: effect.newGenerationStamp,
      requestedChecksum: checksum.toProto(),
      storageType: first.storageType,
      targetStorageTypes: rest.map((n) => n.storageType),
      targetPinnings: [],
      storageId: first.storageId,
      targetStorageIds: rest.map((n) => n.storageId),
    });
    const response = await connection.receiveMessage(BlockOpResponseProto);
    if (response.status !== Status.SUCCESS) throw setupError(response, nodes);
    return connection;
  } catch (e) {
    connection?.destroy();
    if (e instanceof SetupError) throw e;
    // The connection itself failed, so the first node is the bad one.
    throw new SetupError('IOException', `${xferAddress(first.info)}: ${messageOf(e)}`, 0, false, e);
  }
}

function setupError(response: BlockOpResponseProto, nodes: readonly PipelineNode[]): SetupError {
  const link = response.firstBadLink ?? '';
  const found = nodes.findIndex((n) => xferAddress(n.info) === link);
  const message = `${opStatusMessage(response)}, ack with firstBadLink as ${link}`;
  const name = response.status === Status.ERROR_ACCESS_TOKEN ? 'InvalidBlockTokenException' : 'IOException';
  const restarting = response.status === Status.OOB_RESTART;
  return new SetupError(name, message, link === '' ? 0 : found >= 0 ? found : undefined, restarting);
}

/** Lets one DataNode copy its replica, with its bytes so far, to a DataNode that joins the pipeline. @throws IOException */
export async function transferBlock(
  client: DfsClient,
  effect: Effect<'transferBlock'>,
  signal: AbortSignal,
): Promise<void> {
  const { source, target } = effect;
  const connection = await connectDatanode(client, source.info, signal);
  try {
    // Each 200 packets add the time of one more node.
    connection.setTimeout(client.readTimeoutMs(2 + Math.floor(effect.bytesSent / (200 * 65536))));
    await connection.sendOp(Op.TRANSFER_BLOCK, OpTransferBlockProto, {
      header: { baseHeader: { block: effect.block, token: effect.token }, clientName: client.clientName },
      targets: [target.info],
      targetStorageTypes: [target.storageType],
      targetStorageIds: [target.storageId],
    });
    const response = await connection.receiveMessage(BlockOpResponseProto);
    if (response.status !== Status.SUCCESS) {
      throw hadoopError('IOException', `Failed to add a datanode. ${opStatusMessage(response)}`);
    }
  } finally {
    connection.destroy();
  }
}
