/** The frames of Hadoop RPC version 9 and their messages: bytes of either side to frames, and back. */
import protobuf from 'protobufjs/minimal.js';
import {
  IpcConnectionContextProto,
  RequestHeaderProto,
  RpcKindProto,
  RpcRequestHeaderProto,
  RpcRequestHeaderProto_OperationProto,
  RpcResponseHeaderProto,
  RpcResponseHeaderProto_RpcErrorCodeProto,
  RpcResponseHeaderProto_RpcStatusProto,
  RpcSaslProto,
  RpcSaslProto_SaslState,
} from '../gen/messages.ts';
import { beginFrame, type MessageType } from '../message.ts';
import type { Method } from '../method.ts';
import { ByteQueue } from '../sockets/byte-queue.ts';

/** The version of Hadoop's RPC since Hadoop 2.2. */
export const RPC_VERSION = 9;
/** The default of ipc.maximum.data.length. */
export const RPC_DATA_LENGTH_MAX = 128 * 1024 * 1024;
const MAGIC = Buffer.from('hrpc');
const PREAMBLE_BYTES = 7;

/** The preamble's last byte: the client's authentication protocol. */
export const AuthProtocol = { NONE: 0, SASL: -33 } as const;

/** Call ids below zero, which name messages that are no calls. */
export const CallId = { FATAL: -1, CONNECTION_CONTEXT: -3, PING: -4, SASL: -33 } as const;

export type RpcErrorCode = RpcResponseHeaderProto_RpcErrorCodeProto;
export const RpcErrorCode = RpcResponseHeaderProto_RpcErrorCodeProto;
export const RpcStatus = RpcResponseHeaderProto_RpcStatusProto;

/** One thing that a server finds in a client's bytes. Nothing is decoded behind anything but a preamble or frame. */
export type ServerFrame =
  | { readonly kind: 'preamble'; readonly serviceClass: number; readonly authProtocol: number }
  | { readonly kind: 'frame'; readonly bytes: Buffer }
  /** A web browser or curl on the RPC port. */
  | { readonly kind: 'http' }
  /** A Hadoop client of another RPC version. */
  | { readonly kind: 'version-mismatch'; readonly version: number }
  | { readonly kind: 'not-rpc'; readonly firstBytes: Buffer }
  | { readonly kind: 'bad-length'; readonly lengthBytes: number };

const HTTP_METHODS = new Set(['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'OPTI']);

/**
 * Decodes the bytes that a client sends to a server:
 *
 *     +--------+---------+---------------+--------------+   then any number of frames
 *     | "hrpc" | version | service class | auth protocol|   +--------------+--------------+
 *     | 4      | 1       | 1             | 1            |   | int32 length | length bytes |
 *     +--------+---------+---------------+--------------+   +--------------+--------------+
 *
 * To be used by push() of the bytes that arrive, and then next() until it returns undefined. A length over the limit is
 * found before the frame's bytes come.
 */
export class ServerFrameDecoder {
  readonly #queue = new ByteQueue();
  readonly #lengthBytesMax: number;
  #preambleSeen = false;
  #ended = false;

  constructor(lengthBytesMax = RPC_DATA_LENGTH_MAX) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** Bytes that next() has not returned yet, of whole and of unfinished frames. */
  get pendingBytes(): number {
    return this.#queue.length;
  }

  next(): ServerFrame | undefined {
    if (this.#ended) return undefined;
    const next = this.#decode();
    this.#ended = next !== undefined && next.kind !== 'frame' && next.kind !== 'preamble';
    return next;
  }

  #decode(): ServerFrame | undefined {
    if (this.#preambleSeen) return nextFrame(this.#queue, this.#lengthBytesMax);
    if (this.#queue.length < 4) return undefined;
    const magic = Buffer.from([0, 1, 2, 3].map((i) => this.#queue.at(i)));
    if (HTTP_METHODS.has(magic.toString('latin1'))) return { kind: 'http' };
    if (!magic.equals(MAGIC)) return { kind: 'not-rpc', firstBytes: magic };
    if (this.#queue.length < 5) return undefined;
    const version = this.#queue.at(4);
    if (version !== RPC_VERSION) return { kind: 'version-mismatch', version };
    if (this.#queue.length < PREAMBLE_BYTES) return undefined;
    const preamble = this.#queue.take(PREAMBLE_BYTES);
    this.#preambleSeen = true;
    return { kind: 'preamble', serviceClass: preamble.readUInt8(5), authProtocol: preamble.readInt8(6) };
  }
}

/** Decodes the bytes that a server sends to a client, which are nothing but frames. */
export class ClientFrameDecoder {
  readonly #queue = new ByteQueue();
  readonly #lengthBytesMax: number;

  constructor(lengthBytesMax = RPC_DATA_LENGTH_MAX) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  next(): Extract<ServerFrame, { kind: 'frame' | 'bad-length' }> | undefined {
    return nextFrame(this.#queue, this.#lengthBytesMax);
  }

  /** Returns the first bytes of data that can't be decoded, for an error message. */
  firstBytes(count: number): Buffer {
    return this.#queue.take(Math.min(count, this.#queue.length));
  }
}

function nextFrame(queue: ByteQueue, lengthBytesMax: number) {
  if (queue.length < 4) return undefined;
  const lengthBytes = queue.int32At(0);
  if (lengthBytes < 0 || lengthBytes > lengthBytesMax) return { kind: 'bad-length', lengthBytes } as const;
  if (queue.length < 4 + lengthBytes) return undefined;
  queue.take(4);
  return { kind: 'frame', bytes: queue.take(lengthBytes) } as const;
}

/** Returns one frame; `fill` writes the content behind the length. */
function frame(fill: (w: protobuf.Writer) => void): Buffer {
  const w = protobuf.Writer.create();
  w.fixed32(0);
  fill(w);
  const bytes = w.finish();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  buffer.writeUInt32BE(buffer.length - 4, 0);
  return buffer;
}

function writeDelimited<T>(w: protobuf.Writer, type: MessageType<T>, message: T): void {
  type.write(message, w.fork()).ldelim();
}

/** Reads a varint length and the message behind it. @throws Error if the message does not end at its length */
export function readDelimited<T>(r: protobuf.Reader, type: MessageType<T>): T {
  const end = r.uint32() + r.pos;
  if (end > r.len) throw new RangeError(`${type.name} of ${end - r.pos} bytes in a frame with ${r.len - r.pos} left`);
  const message = type.read(r, end);
  if (r.pos !== end) throw new RangeError(`${type.name} does not end at its length`);
  return message;
}

/** Returns a reader of a frame's bytes. */
export function frameReader(bytes: Uint8Array): protobuf.Reader {
  beginFrame();
  return protobuf.Reader.create(bytes);
}

// --- client to server

export function encodePreamble(authProtocol: number = AuthProtocol.NONE, serviceClass = 0): Buffer {
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  MAGIC.copy(preamble);
  preamble.writeUInt8(RPC_VERSION, 4);
  preamble.writeUInt8(serviceClass, 5);
  preamble.writeInt8(authProtocol, 6);
  return preamble;
}

function requestHeader(callId: number, clientId: Uint8Array, retryCount: number): RpcRequestHeaderProto {
  return {
    rpcKind: RpcKindProto.RPC_PROTOCOL_BUFFER,
    rpcOp: RpcRequestHeaderProto_OperationProto.RPC_FINAL_PACKET,
    callId,
    clientId,
    retryCount,
  };
}

/** Returns the first frame behind the preamble, which names the user and the protocol. */
export function encodeConnectionContext(clientId: Uint8Array, context: IpcConnectionContextProto): Buffer {
  return frame((w) => {
    writeDelimited(w, RpcRequestHeaderProto, requestHeader(CallId.CONNECTION_CONTEXT, clientId, -1));
    writeDelimited(w, IpcConnectionContextProto, context);
  });
}

export function encodePing(clientId: Uint8Array): Buffer {
  return frame((w) => writeDelimited(w, RpcRequestHeaderProto, requestHeader(CallId.PING, clientId, -1)));
}

/** Returns one SASL message as a client sends it. */
export function encodeSaslRequest(clientId: Uint8Array, message: RpcSaslProto): Buffer {
  return frame((w) => {
    writeDelimited(w, RpcRequestHeaderProto, requestHeader(CallId.SASL, clientId, -1));
    writeDelimited(w, RpcSaslProto, message);
  });
}

/**
 * Returns one call:
 *
 *     +--------------+-------------------------------+----------------------------+---------------------+
 *     | int32 length | varint, RpcRequestHeaderProto | varint, RequestHeaderProto | varint, the request |
 *     +--------------+-------------------------------+----------------------------+---------------------+
 */
export function encodeCall<Q, S>(
  call: { callId: number; clientId: Uint8Array; retryCount: number; protocolVersion: number },
  method: Method<Q, S>,
  request: Q,
): Buffer {
  return frame((w) => {
    writeDelimited(w, RpcRequestHeaderProto, requestHeader(call.callId, call.clientId, call.retryCount));
    writeDelimited(w, RequestHeaderProto, {
      methodName: method.name,
      declaringClassProtocolName: method.protocol,
      clientProtocolVersion: call.protocolVersion,
    });
    writeDelimited(w, method.request, request);
  });
}

// --- server to client

/** The fields of a call that its answer repeats. */
export interface AnsweredCall {
  readonly callId: number;
  readonly clientId: Uint8Array;
  readonly retryCount: number;
}

/**
 * Returns a successful answer:
 *
 *     +--------------+--------------------------------+----------------------+
 *     | int32 length | varint, RpcResponseHeaderProto | varint, the response |
 *     +--------------+--------------------------------+----------------------+
 */
export function encodeResponse<T>(call: AnsweredCall, type: MessageType<T>, response: T): Buffer {
  return frame((w) => {
    writeDelimited(w, RpcResponseHeaderProto, responseHeader(call, RpcStatus.SUCCESS));
    writeDelimited(w, type, response);
  });
}

/** Returns a successful answer whose response is encoded already. */
export function encodeRawResponse(call: AnsweredCall, response: Uint8Array): Buffer {
  return frame((w) => {
    writeDelimited(w, RpcResponseHeaderProto, responseHeader(call, RpcStatus.SUCCESS));
    w.bytes(response);
  });
}

function responseHeader(call: AnsweredCall, status: RpcResponseHeaderProto['status']): RpcResponseHeaderProto {
  const { callId, clientId, retryCount } = call;
  return { callId, status, serverIpcVersionNum: RPC_VERSION, clientId, retryCount };
}

/** Returns the answer of a failed call (ERROR) or the end of a connection (FATAL); both have a header alone. */
export function encodeError(
  call: AnsweredCall,
  status: 'ERROR' | 'FATAL',
  error: { javaClass: string; message: string; code: RpcErrorCode },
): Buffer {
  return frame((w) =>
    writeDelimited(w, RpcResponseHeaderProto, {
      ...responseHeader(call, RpcStatus[status]),
      exceptionClassName: error.javaClass,
      errorMsg: error.message,
      errorDetail: error.code,
    }),
  );
}

/** Returns the answer that tells a client which began with SASL to go on without authentication. */
export function encodeSaslSuccess(clientId: Uint8Array): Buffer {
  const call = { callId: CallId.SASL, clientId, retryCount: -1 };
  return encodeResponse(call, RpcSaslProto, { state: RpcSaslProto_SaslState.SUCCESS, auths: [] });
}

/**
 * Returns a refusal that clients of the RPC versions 3 to 8 understand: the call id -1, the status -1 and two strings,
 * without a frame's length.
 */
export function encodeOldVersionError(javaClass: string, message: string): Buffer {
  const strings = [javaClass, message].flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat([Buffer.alloc(8, 0xff), ...strings]);
}
