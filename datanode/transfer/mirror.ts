/** Opens the connection to the next node of a pipeline, the mirror. */
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  type DatanodeInfoProto,
  OpWriteBlockProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { TransferSettings } from '../context/transfer-settings.ts';

/** Time that is added to the time limit for the next node, and once more for each node behind it. */
const TIMEOUT_EXTENSION_MS = 5000;

/** The next node's part of the answer to a pipeline's set-up. */
export interface ConnectAck {
  readonly status: Status;
  /** `ip:port` of the first node that failed; empty if no node failed. */
  readonly firstBadLink: string;
  readonly message?: string | undefined;
}

/** Returns `ip:port` of a node's data transfer port, which is the name of the node in a pipeline. */
export function xferAddressOf(datanode: DatanodeInfoProto): string {
  return `${datanode.id.ipAddr}:${datanode.id.xferPort}`;
}

/** The largest number of a port. */
const PORT_MAX = 65535;

/**
 * Connects to another DataNode's data transfer port. `nodesBehind` is the number of nodes after that DataNode.
 * @throws IllegalArgumentException if the message that named the DataNode gave it an impossible port
 */
export async function connectTo(
  datanode: DatanodeInfoProto,
  settings: TransferSettings,
  nodesBehind = 0,
): Promise<DataConnection> {
  const { hostName, ipAddr, xferPort: port } = datanode.id;
  if (port > PORT_MAX) throw hadoopError('IllegalArgumentException', `port out of range:${port}`);
  const host = settings.connectByHostname ? hostName : ipAddr;
  const timeoutMs = settings.socketTimeoutMs + TIMEOUT_EXTENSION_MS * (nodesBehind + 1);
  return DataConnection.connect({ host, port, timeoutMs });
}

/** Returns the op for the next node of a pipeline: the same op, with that node taken off its targets. */
function forwardedWrite(header: OpWriteBlockProto): OpWriteBlockProto {
  return {
    ...header,
    targets: header.targets.slice(1),
    storageType: header.targetStorageTypes[0],
    targetStorageTypes: header.targetStorageTypes.slice(1),
    pinning: header.targetPinnings[0] ?? false,
    targetPinnings: header.targetPinnings.slice(1),
    storageId: header.targetStorageIds[0],
    targetStorageIds: header.targetStorageIds.slice(1),
  };
}

/**
 * Extends a pipeline to its next node and waits for that node's answer, which comes when all nodes behind it have
 * answered.
 * @param header the op as this node received it
 * @param awaitsAck false for copies between DataNodes, which are not answered
 */
export async function openMirror(
  header: OpWriteBlockProto,
  settings: TransferSettings,
  awaitsAck: boolean,
): Promise<{ mirror: DataConnection; ack: ConnectAck }> {
  const [next] = header.targets;
  invariant(next !== undefined, 'a mirror has a target');
  const mirror = await connectTo(next, settings, header.targets.length - 1);
  try {
    await mirror.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, forwardedWrite(header));
    if (!awaitsAck) return { mirror, ack: { status: Status.SUCCESS, firstBadLink: '' } };
    const response = await mirror.receiveMessage(BlockOpResponseProto);
    const { status, firstBadLink = '', message } = response;
    return { mirror, ack: { status, firstBadLink, message } };
  } catch (e) {
    mirror.destroy();
    throw e;
  }
}
