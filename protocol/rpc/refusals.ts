/** The last bytes of connections that a server refuses, each in words that the refused client understands. Pure. */
import { hadoopError } from '../../runtime/errors.ts';
import { type AnsweredCall, CallId, encodeError, encodeOldVersionError, RPC_VERSION, RpcErrorCode } from './frame.ts';
import { type FatalError, noCall } from './server-checks.ts';

const VERSION_MISMATCH = 'org.apache.hadoop.ipc.RPC$VersionMismatch';
const FATAL_EXCEPTION = 'org.apache.hadoop.ipc.RpcServerException';

/** The last bytes, and the reason for the server's log. */
export interface Refusal {
  readonly bytes: Buffer;
  readonly reason: string;
}

/** Tells a web browser or curl that this port does not speak HTTP. */
export const HTTP_REFUSAL: Refusal = {
  reason: 'an HTTP request on the RPC port',
  bytes: Buffer.from(`HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
It looks like you are making an HTTP request to a Hadoop IPC port.\n\
This port answers Hadoop RPC only (hdfs://host:port/ in Hadoop clients); the web interface has a port of its own, \
9870 on a NameNode and 9864 on a DataNode unless configured otherwise.\n`),
};

/** Closes a connection of another protocol without a word. */
export function notRpcRefusal(firstBytes: Buffer): Refusal {
  return { bytes: Buffer.alloc(0), reason: `not Hadoop RPC: first bytes 0x${firstBytes.toString('hex')}` };
}

/** Refuses a Hadoop client of another RPC version. */
export function versionRefusal(version: number): Refusal {
  const message = `Server IPC version ${RPC_VERSION} cannot communicate with client version ${version}`;
  if (version < RPC_VERSION) return { bytes: encodeOldVersionError(VERSION_MISMATCH, message), reason: message };
  const error = { javaClass: VERSION_MISMATCH, message, code: RpcErrorCode.FATAL_VERSION_MISMATCH };
  return { bytes: encodeError(noCall(CallId.FATAL), 'FATAL', error), reason: message };
}

/** Refuses a call over the limit (CallQueueManager.CallQueueOverflowException); the client may connect again. */
export function busyRefusal(answered: AnsweredCall, overflowFailover: boolean): Refusal {
  const { javaClass, message } = overflowFailover
    ? hadoopError('StandbyException', 'Server too busy - disconnect and failover')
    : hadoopError('RetriableException', 'Server too busy - disconnecting');
  const error = { javaClass, message, code: RpcErrorCode.ERROR_RPC_SERVER };
  return { bytes: encodeError(answered, 'FATAL', error), reason: message };
}

/** Ends a connection whose bytes or handshake are wrong. */
export function fatalRefusal(answered: AnsweredCall, { code, message }: FatalError): Refusal {
  return { bytes: encodeError(answered, 'FATAL', { javaClass: FATAL_EXCEPTION, message, code }), reason: message };
}
