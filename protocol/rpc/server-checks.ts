/** Checks of the bytes that a client sends to an RPC server. */
import type protobuf from 'protobufjs/minimal.js';
import { HadoopError, messageOf } from '../../runtime/errors.ts';
import { RpcKindProto, type RpcRequestHeaderProto, RpcRequestHeaderProto_OperationProto } from '../gen/messages.ts';
import type { MessageType } from '../message.ts';
import type { Method } from '../method.ts';
import { type AnsweredCall, RpcErrorCode, readDelimited } from './frame.ts';

const INVALID_PROTOBUF = 'org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException';

/** An error that ends a connection; the client is told its message. */
export class FatalError extends Error {
  readonly code: RpcErrorCode;

  constructor(code: RpcErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Returns the ids of an answer that belongs to no call. */
export function noCall(callId: number): AnsweredCall {
  return { callId, clientId: new Uint8Array(0), retryCount: -1 };
}

/** @throws FatalError for an invalid header */
export function invalid(message: string): never {
  throw new FatalError(RpcErrorCode.FATAL_INVALID_RPC_HEADER, message);
}

/** Reads a message of the connection itself. @throws FatalError if it is malformed */
export function decode<T>(reader: protobuf.Reader, type: MessageType<T>): T {
  try {
    return readDelimited(reader, type);
  } catch (e) {
    const simpleName = type.name.slice(type.name.lastIndexOf('.') + 1);
    const message = `Error decoding ${simpleName}: ${messageOf(e)}`;
    throw new FatalError(RpcErrorCode.FATAL_DESERIALIZING_REQUEST, message);
  }
}

/** Reads the request of a call. Only the call fails: @throws InvalidProtocolBufferException if it is malformed */
export function decodeRequest(method: Method<unknown, unknown>, reader: protobuf.Reader): unknown {
  try {
    return readDelimited(reader, method.request);
  } catch (e) {
    throw new HadoopError(INVALID_PROTOBUF, `Can't decode the request of ${method.name}: ${messageOf(e)}`, e);
  }
}

/** Checks a request's header as Hadoop's server does. @throws FatalError */
export function checkHeader(header: RpcRequestHeaderProto): void {
  const { rpcKind, rpcOp } = header;
  if (rpcOp === undefined) invalid(' IPC Server: No rpc op in rpcRequestHeader');
  if (rpcOp !== RpcRequestHeaderProto_OperationProto.RPC_FINAL_PACKET) {
    invalid(`IPC Server does not implement rpc header operation${rpcOp}`);
  }
  if (rpcKind === undefined) invalid(' IPC Server: No rpc kind in rpcRequestHeader');
  if (rpcKind !== RpcKindProto.RPC_PROTOCOL_BUFFER) invalid(`Unknown rpc kind in rpc header ${rpcKind}`);
}

/** Returns the code that a response has beside a failure's class. */
export function rpcErrorCode(error: HadoopError): RpcErrorCode {
  if (error.is('RpcNoSuchMethodException')) return RpcErrorCode.ERROR_NO_SUCH_METHOD;
  if (error.is('RpcNoSuchProtocolException')) return RpcErrorCode.ERROR_NO_SUCH_PROTOCOL;
  if (error.is('VersionMismatch')) return RpcErrorCode.ERROR_RPC_VERSION_MISMATCH;
  if (error.is('RpcServerException')) return RpcErrorCode.ERROR_RPC_SERVER;
  return RpcErrorCode.ERROR_APPLICATION;
}
