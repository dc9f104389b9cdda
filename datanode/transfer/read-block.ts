/** READ_BLOCK and COPY_BLOCK: sends a replica to a reader, or to a DataNode that copies it for the balancer. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import {
  BlockOpResponseProto,
  ClientReadStatusProto,
  type OpCopyBlockProto,
  type OpReadBlockProto,
  Status,
} from '../../protocol/gen/messages.ts';
import type { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { noteFailedAccess } from '../context/failed-access.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { BlockSender, type ReadRequest } from './block-sender.ts';
import { isPeerGone, isTimeout, javaMessage, type Outcome, refuse } from './op-outcome.ts';

export async function readBlock(
  context: DatanodeContext,
  connection: DataConnection,
  op: OpReadBlockProto,
): Promise<Outcome> {
  const { block } = op.header.baseHeader;
  const sendChecksums = op.sendChecksums ?? true;
  const request = { block, offset: op.offset, length: op.len, sendChecksums };
  const outcome = await sendBlock(context, connection, request, 'opReadBlock');
  if (outcome === 'close') return 'close';
  connection.setTimeout(context.settings.socketTimeoutMs);
  // A reader that has verified all data sends a status. A reader that closes instead has read enough.
  try {
    await connection.receiveMessage(ClientReadStatusProto);
    return 'reuse';
  } catch (e) {
    if (isPeerGone(e)) return 'close';
    throw e;
  }
}

async function sendBlock(
  context: DatanodeContext,
  connection: DataConnection,
  request: ReadRequest,
  operation: string,
  throttler?: DataTransferThrottler,
): Promise<Outcome> {
  const name = formatBlock(request.block);
  let sender: BlockSender;
  try {
    sender = await BlockSender.open(context.store, context.clock, request);
  } catch (e) {
    const err = context.bugs.failureOf('BlockSender.open', request, e);
    await noteFailedAccess(context, request.block, err);
    const message = `${operation} ${name} received exception ${javaMessage(err)}`;
    context.log.info({ peer: connection.remoteAddress }, message);
    return refuse(connection, Status.ERROR, message);
  }
  // A reader may take the data slowly: dfs.datanode.socket.write.timeout is the longer time limit.
  connection.setTimeout(context.settings.writeTimeoutMs);
  try {
    const readOpChecksumInfo = { checksum: sender.checksum.toProto(), chunkOffset: sender.range.start };
    await connection.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS, readOpChecksumInfo });
    context.metrics.BytesRead += await sender.send(connection, context.faults, throttler);
    context.metrics.BlocksRead++;
    return 'reuse';
  } catch (e) {
    const err = context.bugs.failureOf('BlockSender.send', request, e);
    if (isTimeout(err)) {
      const peer = connection.remoteAddress;
      context.log.info({ peer, block: name, err }, 'Likely the client has stopped reading, disconnecting it');
      return 'close';
    }
    // A reader that has read enough may close the connection at any time.
    if (isPeerGone(err)) {
      context.metrics.BlocksRead++;
      return 'close';
    }
    await noteFailedAccess(context, request.block, err);
    throw err;
  } finally {
    await sender.close();
  }
}

export async function copyBlock(
  context: DatanodeContext,
  connection: DataConnection,
  op: OpCopyBlockProto,
): Promise<Outcome> {
  const { block } = op.header;
  const { balanceThrottler } = context;
  if (!balanceThrottler.acquire()) {
    const to = connection.remoteAddress;
    const message = `Not able to copy block ${block.blockId} to ${to} because threads quota is exceeded.`;
    context.log.info(message);
    return refuse(connection, Status.ERROR, message);
  }
  try {
    const request = { block, offset: 0, length: -1, sendChecksums: true };
    if ((await sendBlock(context, connection, request, 'opCopyBlock', balanceThrottler)) === 'reuse') {
      // The Java char `d` tells the peer that the whole block is sent.
      await connection.sendRaw([Buffer.from([0, 'd'.charCodeAt(0)])]);
    }
    return 'close';
  } finally {
    balanceThrottler.release();
  }
}
