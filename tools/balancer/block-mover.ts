/** Moves one block, with a REPLACE_BLOCK op to the target's DataNode. */
import { statusName } from '../../client/dfs/op-status.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import { BlockOpResponseProto, OpReplaceBlockProto, Status } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { PendingMove } from './block-choice.ts';

const CONNECT_TIMEOUT_MS = 60_000;
/** A target that works reports it twice a minute. After this time without a report the move has failed. */
const SILENCE_MAX_MS = 300_000;

/** The empty token that Hadoop sends too: a DataNode without block tokens does not look at it. */
const NO_TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };

export interface MoverOptions {
  readonly poolId: string;
  readonly clock: Clock;
  /** dfs.client.use.datanode.hostname. */
  readonly useHostname: boolean;
  /** dfs.balancer.block-move.timeout; 0 for no limit. */
  readonly moveTimeoutMs: number;
  /** Whether the round's time is up. */
  readonly isOver: () => boolean;
}

/**
 * Asks the target to copy the block from the proxy; resolves when the copy is complete. The target reports its new
 * replica to the NameNode and names the source's replica as the one to delete. Only the NameNode deletes it, so that the
 * block never has too few replicas.
 * @throws IOException; the copy may go on in spite of it
 */
export async function moveBlock({ known, source, target, proxy }: PendingMove, options: MoverOptions): Promise<void> {
  const { clock, moveTimeoutMs } = options;
  if (options.isOver()) throw hadoopError('IOException', 'Block move cancelled.');
  const { id } = target.info;
  const host = options.useHostname ? id.hostName : id.ipAddr;
  const connection = await DataConnection.connect({ host, port: id.xferPort, timeoutMs: CONNECT_TIMEOUT_MS });
  try {
    connection.setTimeout(SILENCE_MAX_MS);
    const { blockId, genStamp: generationStamp, numBytes } = known.block;
    await connection.sendOp(Op.REPLACE_BLOCK, OpReplaceBlockProto, {
      header: { block: { poolId: options.poolId, blockId, generationStamp, numBytes }, token: NO_TOKEN },
      delHint: source.uuid,
      source: proxy.info,
      storageType: target.type,
    });
    const beganMs = clock.monotonicMs();
    let response = await connection.receiveMessage(BlockOpResponseProto);
    while (response.status === Status.IN_PROGRESS) {
      response = await connection.receiveMessage(BlockOpResponseProto);
      const isLate = moveTimeoutMs > 0 && clock.monotonicMs() - beganMs > moveTimeoutMs;
      if (isLate || options.isOver()) throw hadoopError('IOException', 'Block move timed out');
    }
    if (response.status === Status.SUCCESS) return;
    const why = `status=${statusName(response.status)}, status message ${response.message ?? ''}`;
    throw hadoopError('IOException', `Got error, ${why}, reportedBlock move is failed`);
  } finally {
    connection.destroy();
  }
}
