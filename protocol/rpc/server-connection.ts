/** One client's connection at an RPC server: handshake, calls and their answers (Hadoop: Server.Connection). */
import type net from 'node:net';
import type protobuf from 'protobufjs/minimal.js';
import { Bug } from '../../runtime/bug.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { RequestHeaderProto, RpcRequestHeaderProto } from '../gen/messages.ts';
import { EncodedMessage } from '../message.ts';
import { CoalescingWriter } from '../sockets/coalescing-writer.ts';
import { adoptSocket } from '../sockets/socket-reader.ts';
import { CallerIds } from './caller-ids.ts';
import type { ConnectionOwner } from './connection-owner.ts';
import {
  type AnsweredCall,
  CallId,
  encodeError,
  encodeRawResponse,
  encodeResponse,
  frameReader,
  RpcErrorCode,
  ServerFrameDecoder,
} from './frame.ts';
import type { RpcCall, ServedMethod } from './handler.ts';
import { RpcHandshake } from './handshake.ts';
import { busyRefusal, fatalRefusal, HTTP_REFUSAL, notRpcRefusal, type Refusal, versionRefusal } from './refusals.ts';
import { checkHeader, decode, decodeRequest, FatalError, invalid, noCall, rpcErrorCode } from './server-checks.ts';

/** While a client leaves this many bytes of answers unread, the server handles no more of its requests. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Most calls of one connection that run at once; further ones wait in the socket. */
const CALLS_IN_FLIGHT_MAX = 256;
/** The estimate of an answer's length before the first answer. */
const FIRST_ANSWER_BYTES = 64 * 1024;
/** The time that a refused client has to read the reason. */
const LINGER_MS = 1000;
/** All connections read into this buffer: the bytes are copied out before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** A call as the message of a bug names it. */
interface Called {
  readonly protocol: string;
  readonly method: string;
  /** Undefined until the request has been decoded. */
  request: unknown;
}

/** Answers go out in the order in which they are ready. */
export class RpcServerConnection {
  readonly #server: ConnectionOwner;
  readonly #socket: net.Socket;
  readonly #writer: CoalescingWriter;
  readonly #decoder: ServerFrameDecoder;
  readonly #remoteAddress: string;
  readonly #handshake = new RpcHandshake();
  readonly #callerIds = new CallerIds();
  #callsInFlight = 0;
  /** Estimated length of the next answer, from the last ones: it bounds the answers of all calls in progress. */
  #answerBytes = FIRST_ANSWER_BYTES;
  #closing = false;
  #lastContactMs: number;
  readonly #resume = (): void => this.#pump();
  readonly #isConnected = (): boolean => !this.#socket.destroyed;

  constructor(server: ConnectionOwner, accepted: net.Socket) {
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
   * Nothing has been read yet, because the server hands a socket over in the turn in which it accepts it.
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

  /** Whether the client has named its user. */
  get isEstablished(): boolean {
    return this.#handshake.user !== undefined;
  }

  /** Whether none of its calls is in progress. */
  get isIdle(): boolean {
    return this.#callsInFlight === 0;
  }

  /** Whether a large frame has begun and only its client delays its end. */
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

  /** Gives back the server's memory and turns that the connection holds. To be called when its socket is closed. */
  closed(): void {
    this.#server.calls.forget(this.#resume);
    this.#server.frames.update(this, 0);
  }

  /** Reads on in a large frame that had to wait for memory. */
  resumeFrame(): void {
    this.#lastContactMs = this.#server.clock.monotonicMs();
    this.#pump();
  }

  /** Handles the bytes that have arrived; answers that are ready at once leave together. */
  #pump(): void {
    this.#writer.during(() => this.#handleFrames());
  }

  /** Stops while the client does not take its answers, while the server is full, and while memory for frames is. */
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
          this.#refuse(HTTP_REFUSAL);
          break;
        case 'version-mismatch':
          this.#refuse(versionRefusal(next.version));
          break;
        case 'not-rpc':
          this.#refuse(notRpcRefusal(next.firstBytes));
          break;
        case 'bad-length':
          this.#refuse(fatalRefusal(noCall(CallId.FATAL), this.#badLength(next.lengthBytes)));
      }
    }
  }

  #badLength(lengthBytes: number): FatalError {
    const message = `Requested data length ${lengthBytes} is longer than maximum configured RPC length \
${this.#server.limits.maxDataLengthBytes}.  RPC came from ${this.#remoteAddress}`;
    return new FatalError(RpcErrorCode.FATAL_INVALID_RPC_HEADER, message);
  }

  #handlePreamble(authProtocol: number): void {
    try {
      this.#handshake.begin(authProtocol);
    } catch (e) {
      this.#endHandshake(noCall(CallId.FATAL), e);
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
      else if (this.#server.calls.isFull) this.#refuse(busyRefusal(answered, this.#server.limits.overflowFailover));
      else this.#handleCall(answered, decode(reader, RequestHeaderProto), reader, user);
    } catch (e) {
      this.#endHandshake(answered, e);
    }
  }

  #endHandshake(answered: AnsweredCall, thrown: unknown): void {
    if (thrown instanceof FatalError) this.#refuse(fatalRefusal(answered, thrown));
    else this.#sendFailure(answered, { protocol: 'RPC', method: 'handshake', request: answered }, thrown);
  }

  #handleCall(answered: AnsweredCall, header: RequestHeaderProto, reader: protobuf.Reader, user: string): void {
    const { methodName, declaringClassProtocolName, clientProtocolVersion } = header;
    const called: Called = { protocol: declaringClassProtocolName, method: methodName, request: undefined };
    try {
      const served = this.#server.find(declaringClassProtocolName, clientProtocolVersion, methodName);
      const request = decodeRequest(served.method, reader);
      called.request = request;
      const { callId, clientId, retryCount } = answered;
      const call = {
        callId,
        clientId,
        retryCount,
        user,
        realUser: this.#handshake.realUser,
        remoteAddress: this.#remoteAddress,
        isConnected: this.#isConnected,
      };
      if (served.retryCached && clientId.length > 0) {
        const callerId = this.#callerIds.of(clientId, user, call.realUser, methodName);
        const result = this.#runOnce(served, request, { ...call, clientId: callerId });
        this.#whenDone(answered, called, result, (bytes) => encodeRawResponse(answered, bytes));
        return;
      }
      const response = served.handler(request, call);
      const encode = (value: unknown): Buffer =>
        value instanceof EncodedMessage
          ? encodeRawResponse(answered, value.bytes)
          : encodeResponse(answered, served.method.response, value);
      if (isPromise(response)) this.#whenDone(answered, called, response, encode);
      else this.#send(encode(response));
    } catch (e) {
      this.#sendFailure(answered, called, e);
    }
  }

  #runOnce(served: ServedMethod, request: unknown, call: RpcCall): Promise<Uint8Array> {
    const { retryCache, clock } = this.#server;
    return retryCache.run(call.clientId, call.callId, clock.monotonicMs(), async () => {
      const value = await served.handler(request, call);
      return value instanceof EncodedMessage ? value.bytes : served.method.response.encode(value);
    });
  }

  #whenDone<T>(answered: AnsweredCall, called: Called, result: PromiseLike<T>, encode: (value: T) => Buffer): void {
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
          this.#sendFailure(answered, called, e);
        }
        done();
      },
      (e: unknown) => {
        this.#sendFailure(answered, called, e);
        done();
      },
    );
  }

  /**
   * Answers with a HadoopError, and only with that: any other exception is first judged by the server's owner.
   *
   * The JVM client prints a failure's first line. A Hadoop server sends a stack trace whose first line is the message;
   * the message alone prints the same.
   */
  #sendFailure(answered: AnsweredCall, called: Called, thrown: unknown): void {
    const isKnown = thrown instanceof HadoopError || thrown instanceof Bug;
    const failure = isKnown ? thrown : this.#server.failureOf(operationOf(called), called.request, thrown);
    if (failure instanceof Bug) {
      this.#abandon(failure);
      return;
    }
    const { javaClass, message } = failure;
    this.#send(encodeError(answered, 'ERROR', { javaClass, message, code: rpcErrorCode(failure) }));
  }

  /**
   * Closes the connection without an answer: no client may hear of an operation that met a bug. The owner of the server
   * ends the daemon; the client calls again when the daemon has been started again.
   */
  #abandon(bug: Bug): void {
    this.#server.log.error({ err: bug, client: this.#remoteAddress }, 'RPC call met a bug and is not answered');
    this.destroy();
  }

  #send(bytes: Buffer): void {
    this.#answerBytes = Math.max(bytes.length, this.#answerBytes >> 1);
    const { responseBytesMax } = this.#server.limits;
    if (bytes.length > responseBytesMax) {
      this.#server.log.warn({ client: this.#remoteAddress }, `Large response size ${bytes.length}`);
    }
    if (!this.#closing && !this.#socket.destroyed) this.#writer.write(bytes);
  }

  /**
   * Sends the last bytes, and closes when the client has closed too or LINGER_MS have passed. Until then the client's
   * bytes are read and thrown away: a close over unread bytes would make its kernel drop the reason.
   */
  #refuse({ bytes, reason }: Refusal): void {
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

/** Returns the name of a call for the message of a bug, such as `ClientProtocol.mkdirs`. */
const operationOf = ({ protocol, method }: Called): string =>
  `${protocol.slice(protocol.lastIndexOf('.') + 1)}.${method}`;

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
