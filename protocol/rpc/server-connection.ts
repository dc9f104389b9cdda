import type net from 'node:net';
import type protobuf from 'protobufjs/minimal.js';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { RequestHeaderProto, RpcRequestHeaderProto } from '../gen/messages.ts';
import { EncodedMessage } from '../message.ts';
import { CoalescingWriter } from '../sockets/coalescing-writer.ts';
import { adoptSocket } from '../sockets/socket-reader.ts';
import {
  type AnsweredCall,
  CallId,
  encodeError,
  encodeOldVersionError,
  encodeRawResponse,
  encodeResponse,
  frameReader,
  RPC_VERSION,
  RpcErrorCode,
  ServerFrameDecoder,
} from './frame.ts';
import { RpcHandshake } from './handshake.ts';
import type { RpcCall, RpcServer, ServedMethod } from './server.ts';
import { checkHeader, decode, decodeRequest, errorCode, FatalError, invalid, noCall } from './server-checks.ts';

/** While a client leaves this many bytes of answers unread, no more of its requests are looked at. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Calls of one connection that may be in progress; more wait in the socket. */
const CALLS_IN_FLIGHT_MAX = 256;
/** The estimate before anything was answered. */
const FIRST_ANSWER_BYTES = 64 * 1024;
/** How long a refused client may take to read why. */
const LINGER_MS = 1000;
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
const VERSION_MISMATCH = 'org.apache.hadoop.ipc.RPC$VersionMismatch';
const FATAL_EXCEPTION = 'org.apache.hadoop.ipc.RpcServerException';
const HTTP_ANSWER = `HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
It looks like you are making an HTTP request to a Hadoop IPC port.\n\
This port answers Hadoop RPC only (hdfs://host:port/ in Hadoop clients); the web interface has a port of its own, \
9870 on a NameNode and 9864 on a DataNode unless configured otherwise.\n`;

/** One client's connection: handshake, calls and their answers, which go out in the order in which they are ready. */
export class RpcServerConnection {
  readonly #server: RpcServer;
  readonly #socket: net.Socket;
  readonly #writer: CoalescingWriter;
  readonly #decoder: ServerFrameDecoder;
  readonly #remoteAddress: string;
  readonly #handshake = new RpcHandshake();
  #callsInFlight = 0;
  /** How long the next answers may be, from the last ones; so the answers of all calls in progress have an end. */
  #answerBytes = FIRST_ANSWER_BYTES;
  #closing = false;
  #lastContactMs: number;
  readonly #resume = (): void => this.#pump();

  constructor(server: RpcServer, accepted: net.Socket) {
    this.#server = server;
    this.#remoteAddress = (accepted.remoteAddress ?? '').replace(/^::ffff:/, '');
    const socket = this.#receiveFrom(accepted);
    this.#socket = socket;
    this.#writer = new CoalescingWriter(socket);
    this.#decoder = new ServerFrameDecoder(server.limits.maxDataLengthBytes);
    this.#lastContactMs = server.clock.monotonicMs();
    socket.on('drain', () => this.#pump());
    socket.on('error', (err) => server.log.debug({ err, client: this.#remoteAddress }, 'RPC connection lost'));
  }

  /**
   * Requests are small: reading all of them into the same memory and copying them out costs less than memory for each.
   * Nothing has been read yet: the server hands a socket over in the turn in which it accepts it.
   */
  #receiveFrom(accepted: net.Socket): net.Socket {
    const callback = (lengthBytes: number): boolean => {
      this.#receive(Buffer.from(readBuffer.subarray(0, lengthBytes)));
      return true;
    };
    const socket = adoptSocket(accepted, { buffer: readBuffer, callback });
    return socket ?? accepted.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  #receive(bytes: Buffer): void {
    if (this.#closing) return;
    this.#lastContactMs = this.#server.clock.monotonicMs();
    this.#decoder.push(bytes);
    this.#pump();
  }

  /** Whether the client has said who it is. */
  get isEstablished(): boolean {
    return this.#handshake.user !== undefined;
  }

  get isIdle(): boolean {
    return this.#callsInFlight === 0;
  }

  /** Whether a large frame is to come, for which only the client is waited. */
  get isInFrame(): boolean {
    return this.#server.frames.isReading(this);
  }

  get lastContactMs(): number {
    return this.#lastContactMs;
  }

  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  /** To be called when its socket is closed. */
  closed(): void {
    this.#server.calls.forget(this.#resume);
    this.#server.frames.update(this, 0);
  }

  /** Its large frame may go on. */
  resumeFrame(): void {
    this.#lastContactMs = this.#server.clock.monotonicMs();
    this.#pump();
  }

  /** Handles what has arrived; answers that are ready at once leave together. */
  #pump(): void {
    this.#writer.during(() => this.#handleFrames());
  }

  /** Stops where the client does not take its answers. */
  #handleFrames(): void {
    while (!this.#closing && !this.#socket.destroyed) {
      const expectedBytes = this.#writer.unsentBytes + this.#callsInFlight * this.#answerBytes;
      if (expectedBytes > UNSENT_BYTES_MAX || this.#callsInFlight >= CALLS_IN_FLIGHT_MAX) {
        this.#socket.pause();
        return;
      }
      const { calls, limits } = this.#server;
      if (calls.isFull && !limits.backoff) {
        calls.wait(this.#resume);
        this.#socket.pause();
        return;
      }
      const next = this.#decoder.next();
      if (next === undefined) {
        const { frames } = this.#server;
        frames.update(this, this.#decoder.pendingBytes);
        if (!frames.mayRead(this)) this.#socket.pause();
        else if (this.#socket.isPaused()) this.#socket.resume();
        return;
      }
      switch (next.kind) {
        case 'preamble':
          this.#handlePreamble(next.authProtocol);
          break;
        case 'frame':
          this.#handleFrame(next.bytes);
          break;
        case 'http':
          this.#endWith(Buffer.from(HTTP_ANSWER), 'an HTTP request on the RPC port');
          break;
        case 'version-mismatch':
          this.#refuseVersion(next.version);
          break;
        case 'not-rpc':
          this.#endWith(Buffer.alloc(0), `not Hadoop RPC: first bytes 0x${next.firstBytes.toString('hex')}`);
          break;
        case 'bad-length': {
          const { maxDataLengthBytes } = this.#server.limits;
          const message = `Requested data length ${next.lengthBytes} is longer than maximum configured RPC length \
${maxDataLengthBytes}.  RPC came from ${this.#remoteAddress}`;
          this.#endFatally(noCall(CallId.FATAL), new FatalError(RpcErrorCode.FATAL_INVALID_RPC_HEADER, message));
        }
      }
    }
  }

  #handlePreamble(authProtocol: number): void {
    try {
      this.#handshake.begin(authProtocol);
    } catch (e) {
      this.#endFatally(noCall(CallId.FATAL), asFatal(e));
    }
  }

  #refuseVersion(version: number): void {
    const message = `Server IPC version ${RPC_VERSION} cannot communicate with client version ${version}`;
    if (version < RPC_VERSION) this.#endWith(encodeOldVersionError(VERSION_MISMATCH, message), message);
    else {
      const error = { javaClass: VERSION_MISMATCH, message, code: RpcErrorCode.FATAL_VERSION_MISMATCH };
      this.#endWith(encodeError(noCall(CallId.FATAL), 'FATAL', error), message);
    }
  }

  #handleFrame(bytes: Buffer): void {
    let answered: AnsweredCall = noCall(CallId.FATAL);
    try {
      const reader = frameReader(bytes);
      const header = decode(reader, RpcRequestHeaderProto);
      answered = { callId: header.callId, clientId: header.clientId, retryCount: header.retryCount ?? -1 };
      checkHeader(header);
      const { user } = this.#handshake;
      if (header.callId < 0) {
        const answer = this.#handshake.handle(header, reader);
        if (answer !== undefined) this.#send(answer);
      } else if (user === undefined) invalid('Connection context not established');
      else if (this.#server.calls.isFull) this.#refuseBusy(answered);
      else this.#handleCall(answered, decode(reader, RequestHeaderProto), reader, user);
    } catch (e) {
      if (!(e instanceof FatalError)) this.#server.log.error({ err: e }, 'RPC frame failed unexpectedly');
      this.#endFatally(answered, asFatal(e));
    }
  }

  #handleCall(answered: AnsweredCall, header: RequestHeaderProto, reader: protobuf.Reader, user: string): void {
    try {
      const { methodName, declaringClassProtocolName, clientProtocolVersion } = header;
      const served = this.#server.find(declaringClassProtocolName, clientProtocolVersion, methodName);
      const request = decodeRequest(served.method, reader);
      const { callId, clientId, retryCount } = answered;
      const call = {
        callId,
        clientId,
        retryCount,
        user,
        realUser: this.#handshake.realUser,
        remoteAddress: this.#remoteAddress,
      };
      if (served.retryCached && call.clientId.length > 0) {
        this.#whenDone(answered, this.#runOnce(served, request, call), (bytes) => encodeRawResponse(answered, bytes));
        return;
      }
      const response = served.handler(request, call);
      const encode = (value: unknown): Buffer =>
        value instanceof EncodedMessage
          ? encodeRawResponse(answered, value.bytes)
          : encodeResponse(answered, served.method.response, value);
      if (isPromise(response)) this.#whenDone(answered, response, encode);
      else this.#send(encode(response));
    } catch (e) {
      this.#sendError(answered, e);
    }
  }

  #runOnce(served: ServedMethod, request: unknown, call: RpcCall): Promise<Uint8Array> {
    const { retryCache, clock } = this.#server;
    return retryCache.run(call.clientId, call.callId, clock.monotonicMs(), async () => {
      const value = await served.handler(request, call);
      return value instanceof EncodedMessage ? value.bytes : served.method.response.encode(value);
    });
  }

  #whenDone<T>(answered: AnsweredCall, result: PromiseLike<T>, encode: (value: T) => Buffer): void {
    this.#callsInFlight++;
    this.#server.calls.begin();
    const done = (): void => {
      this.#callsInFlight--;
      this.#server.calls.end();
      if (this.#socket.isPaused()) this.#pump();
    };
    result.then(
      (value) => {
        try {
          this.#send(encode(value));
        } catch (e) {
          this.#sendError(answered, e);
        }
        done();
      },
      (e: unknown) => {
        this.#sendError(answered, e);
        done();
      },
    );
  }

  /**
   * The JVM client prints a failure's first line, and a Hadoop server sends a stack trace whose first line is the
   * message; the message alone prints the same.
   */
  #sendError(answered: AnsweredCall, thrown: unknown): void {
    const error = HadoopError.from(thrown);
    if (!(thrown instanceof HadoopError)) this.#server.log.error({ err: thrown }, 'RPC call failed unexpectedly');
    const { javaClass, message } = error;
    this.#send(encodeError(answered, 'ERROR', { javaClass, message, code: errorCode(error) }));
  }

  /** CallQueueManager.CallQueueOverflowException: the client may come again, on a new connection. */
  #refuseBusy(answered: AnsweredCall): void {
    const error = this.#server.limits.overflowFailover
      ? hadoopError('StandbyException', 'Server too busy - disconnect and failover')
      : hadoopError('RetriableException', 'Server too busy - disconnecting');
    const { javaClass, message } = error;
    this.#endWith(encodeError(answered, 'FATAL', { javaClass, message, code: RpcErrorCode.ERROR_RPC_SERVER }), message);
  }

  #send(bytes: Buffer): void {
    this.#answerBytes = Math.max(bytes.length, this.#answerBytes >> 1);
    const { responseBytesMax } = this.#server.limits;
    if (bytes.length > responseBytesMax) {
      this.#server.log.warn({ client: this.#remoteAddress }, `Large response size ${bytes.length}`);
    }
    if (!this.#closing && !this.#socket.destroyed) this.#writer.write(bytes);
  }

  #endFatally(answered: AnsweredCall, error: FatalError): void {
    const { message, code } = error;
    this.#endWith(encodeError(answered, 'FATAL', { javaClass: FATAL_EXCEPTION, message, code }), message);
  }

  /**
   * Sends the last bytes and closes when the client has closed too, or soon: what it still sends is read and thrown
   * away, because a close over unread bytes would make its kernel drop the reason.
   */
  #endWith(bytes: Buffer, reason: string): void {
    this.#server.log.warn({ client: this.#remoteAddress, reason }, `${this.#server.name} refused an RPC connection`);
    if (bytes.length > 0) this.#send(bytes);
    this.#writer.flush();
    this.#closing = true;
    this.#socket.resume();
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    this.#socket.once('end', () => this.#socket.destroySoon());
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

const asFatal = (e: unknown): FatalError =>
  e instanceof FatalError ? e : new FatalError(RpcErrorCode.FATAL_UNKNOWN, String(e));

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
