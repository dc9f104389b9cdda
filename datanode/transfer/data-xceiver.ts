/** Serves data transfer connections, op after op (Hadoop: DataXceiver). */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { DATA_TRANSFER_VERSION, Op } from '../../protocol/datatransfer/data-transfer.ts';
import { enumName } from '../../protocol/enum-name.ts';
import {
  BlockOpResponseProto,
  OpBlockChecksumProto,
  OpCopyBlockProto,
  OpReadBlockProto,
  OpReplaceBlockProto,
  OpRequestShortCircuitAccessProto,
  OpTransferBlockProto,
  OpWriteBlockProto,
  ShortCircuitShmRequestProto,
  ShortCircuitShmResponseProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { Bug, isFailure } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { noteFailedAccess } from '../context/failed-access.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { blockChecksum } from './block-checksum.ts';
import { transferForPipeline } from './block-transfer.ts';
import { isPeerGone, javaMessage, type Outcome, refuse } from './op-outcome.ts';
import { copyBlock, readBlock } from './read-block.ts';
import { replaceBlock } from './replace-block.ts';
import type { TransferLimit } from './transfer-limit.ts';
import { writeBlock } from './write-block.ts';

/** SASL's magic number 0xDEADBEEF, with which a client of a secured cluster opens, read as a version and an op byte. */
const SASL_MAGIC = { version: 0xdead - 0x10000, opcode: 0xbe - 0x100 };

/**
 * Serves one data transfer connection, op after op, until the peer closes the connection or is silent for too long. A
 * failure ends this connection only. A bug ends the DataNode, and the peer is not answered.
 */
export async function serveConnection(
  context: DatanodeContext,
  connection: DataConnection,
  limit: TransferLimit<DataConnection>,
): Promise<void> {
  const { settings, log } = context;
  const peer = connection.remoteAddress;
  let opcode: number | undefined;
  try {
    connection.setTimeout(settings.socketTimeoutMs);
    for (let ops = 0; ; ops++) {
      const op = await receiveOp(connection, ops > 0);
      if (!op) return;
      const resumed = context.faults?.whilePaused();
      if (resumed) await resumed;
      opcode = op.opcode;
      if (op.version === SASL_MAGIC.version && op.opcode === SASL_MAGIC.opcode) {
        log.warn(
          { peer },
          'client wants an encrypted or authenticated data transfer, which is not enabled here; closing',
        );
        return;
      }
      if (op.version !== DATA_TRANSFER_VERSION) {
        const message = `Version Mismatch (Expected: ${DATA_TRANSFER_VERSION}, Received: ${op.version} )`;
        throw hadoopError('IOException', message);
      }
      connection.setTimeout(settings.socketTimeoutMs);
      const run = serveOp.bind(undefined, context, connection, opcode);
      if ((await limit.run(connection, run)) === 'close') return;
      opcode = undefined;
      connection.setTimeout(settings.keepaliveMs);
    }
  } catch (e) {
    const op = enumName(Op, opcode);
    const err = context.bugs.ofWork('DataXceiver.serve', { peer, op }, e);
    if (err instanceof Bug) connection.destroy(err);
    else log[isPeerGone(err) ? 'debug' : 'warn']({ peer, op, err }, 'data transfer failed');
    context.metrics.DatanodeNetworkErrors++;
  } finally {
    await connection.end();
  }
}

/** Returns the next op; undefined if an idle connection ends, by a close, a reset or a timeout. */
async function receiveOp(connection: DataConnection, isIdle: boolean) {
  try {
    return await connection.receiveOp();
  } catch (e) {
    if (isIdle && isFailure(e)) return undefined;
    throw e;
  }
}

type Serve = (context: DatanodeContext, connection: DataConnection) => Promise<Outcome>;

/** The ops that a DataNode serves, by opcode. docs/supported.md lists them. */
export const SERVED_OPS: Readonly<Record<number, Serve>> = {
  [Op.READ_BLOCK]: async (context, connection) =>
    readBlock(context, connection, await connection.receiveMessage(OpReadBlockProto)),
  [Op.WRITE_BLOCK]: async (context, connection) => {
    await writeBlock(context, connection, await connection.receiveMessage(OpWriteBlockProto));
    return 'close';
  },
  [Op.TRANSFER_BLOCK]: async (context, connection) =>
    transfer(context, connection, await connection.receiveMessage(OpTransferBlockProto)),
  [Op.BLOCK_CHECKSUM]: async (context, connection) =>
    checksum(context, connection, await connection.receiveMessage(OpBlockChecksumProto)),
  [Op.COPY_BLOCK]: async (context, connection) =>
    copyBlock(context, connection, await connection.receiveMessage(OpCopyBlockProto)),
  [Op.REPLACE_BLOCK]: async (context, connection) => {
    await replaceBlock(context, connection, await connection.receiveMessage(OpReplaceBlockProto));
    return 'close';
  },
};

/** The ops of short-circuit reads. They are refused, and their clients then read over TCP. */
const REFUSED_OPS: Readonly<Record<number, Serve>> = {
  [Op.REQUEST_SHORT_CIRCUIT_FDS]: async (_context, connection) => {
    await connection.receiveMessage(OpRequestShortCircuitAccessProto);
    return refuse(
      connection,
      Status.ERROR_UNSUPPORTED,
      'You cannot pass file descriptors over anything but a UNIX domain socket.',
    );
  },
  [Op.REQUEST_SHORT_CIRCUIT_SHM]: async (_context, connection) => {
    await connection.receiveMessage(ShortCircuitShmRequestProto);
    const error = 'This datanode has not been configured to support short-circuit shared memory segments.';
    await connection.sendMessage(ShortCircuitShmResponseProto, { status: Status.ERROR_UNSUPPORTED, error });
    return 'close';
  },
};

function serveOp(context: DatanodeContext, connection: DataConnection, opcode: number): Promise<Outcome> {
  const serve = SERVED_OPS[opcode] ?? REFUSED_OPS[opcode];
  if (!serve) throw hadoopError('IOException', `Unknown op ${opcode} in data stream`);
  return serve(context, connection);
}

async function transfer(
  context: DatanodeContext,
  connection: DataConnection,
  op: OpTransferBlockProto,
): Promise<Outcome> {
  const { baseHeader, clientName } = op.header;
  const to = { targets: op.targets, storageTypes: op.targetStorageTypes, storageIds: op.targetStorageIds };
  try {
    await transferForPipeline(context, baseHeader.block, clientName, to);
  } catch (e) {
    const block = formatBlock(baseHeader.block);
    const err = context.bugs.failureOf('DataXceiver.transferBlock', { block }, e);
    context.log.info({ block, err }, 'transferBlock failed');
    return refuse(connection, Status.ERROR, javaMessage(err));
  }
  await connection.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS });
  return 'close';
}

async function checksum(
  context: DatanodeContext,
  connection: DataConnection,
  op: OpBlockChecksumProto,
): Promise<Outcome> {
  context.metrics.BlockChecksumOpNumOps++;
  try {
    const checksumResponse = await blockChecksum(context.store, op);
    await connection.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS, checksumResponse });
    return 'close';
  } catch (e) {
    const block = formatBlock(op.header.block);
    const err = context.bugs.failureOf('DataXceiver.blockChecksum', { block }, e);
    if (isPeerGone(err)) return 'close';
    await noteFailedAccess(context, op.header.block, err);
    context.log.info({ block, err }, 'blockChecksum failed');
    return refuse(connection, Status.ERROR, javaMessage(err));
  }
}
