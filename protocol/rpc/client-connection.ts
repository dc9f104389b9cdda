/** One connection of an RPC client: its calls in progress, its timeouts and its pings. */
import type net from 'node:net';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import { deferred } from '../../runtime/promises.ts';
import { RpcResponseHeaderProto } from '../gen/messages.ts';
import type { MessageType } from '../message.ts';
import { networkError } from '../network-errors.ts';
import { CoalescingWriter } from '../sockets/coalescing-writer.ts';
import { connectSocket } from '../sockets/connect-socket.ts';
import {
  CallId,
  ClientFrameDecoder,
  encodeConnectionContext,
  encodePing,
  encodePreamble,
  frameReader,
  RpcStatus,
  readDelimited,
} from './frame.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly user: string;
  readonly clientId: Uint8Array;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** ipc.client.connection.maxidletime: a connection without calls is closed then. */
  readonly idleMsMax: number;
  readonly lengthBytesMax: number;
}

interface PendingCall {
  readonly response: MessageType<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Any number of calls may be in progress, and their answers may come in any order. A connection without calls does not
 * keep the process alive.
 */
export class RpcClientConnection {
  /** Resolves when the connection has ended in any way. */
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  readonly #writer: CoalescingWriter;
  readonly #options: ConnectionOptions;
  readonly #decoder: ClientFrameDecoder;
  readonly #calls = new Map<number, PendingCall>();
  #pingTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Whether an answer has come. A peer that has never answered may not be a Hadoop server. */
  #answered = false;
  readonly #ended = deferred();
  #failed = false;

  /** Connects and sends the handshake. @throws the socket's error */
  static async connect(options: ConnectionOptions): Promise<RpcClientConnection> {
    const { host, port, connectTimeoutMs: timeoutMs } = options;
    const socket = await connectSocket({ host, port, timeoutMs, noDelay: true, keepAlive: true });
    return new RpcClientConnection(socket, options);
  }

  private constructor(socket: net.Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#writer = new CoalescingWriter(socket);
    this.#options = options;
    this.#decoder = new ClientFrameDecoder(options.lengthBytesMax);
    this.closed = this.#ended.promise;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (e) => this.#fail(e));
    socket.on('close', () => this.#fail(networkError('EOF', 'The server closed the connection')));
    const { clientId, user, protocol } = options;
    this.#writer.write(encodePreamble());
    this.#writer.write(encodeConnectionContext(clientId, { userInfo: { effectiveUser: user }, protocol }));
  }

  /** Sends an encoded call and waits for its answer. */
  call<T>(callId: number, bytes: Buffer, response: MessageType<T>, signal?: AbortSignal): Promise<T> {
    if (this.#failed) return Promise.reject(networkError('EOF', 'The connection is closed'));
    if (signal?.aborted) {
      if (this.#calls.size === 0) this.#becomeIdle();
      return Promise.reject(signal.reason);
    }
    return new Promise<T>((resolve, reject) => {
      const { callTimeoutMs } = this.#options;
      const timer = callTimeoutMs > 0 ? setTimeout(() => this.#timeOut(callId), callTimeoutMs) : undefined;
      const abort = () => this.#take(callId)?.reject(signal?.reason);
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort);
      this.#calls.set(callId, {
        response: response as MessageType<unknown>,
        resolve: (value) => {
          finish();
          resolve(value as T);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      });
      if (this.#calls.size === 1) this.#becomeBusy();
      this.#writer.write(bytes);
    });
  }

  close(): void {
    this.#fail(hadoopError('IOException', 'The RPC client is stopped'));
  }

  /** While calls wait, pings make the system notice a dead server, and the socket keeps the process alive. */
  #becomeBusy(): void {
    clearTimeout(this.#idleTimer);
    this.#socket.ref();
    const ping = () => this.#writer.write(encodePing(this.#options.clientId));
    this.#pingTimer = setInterval(ping, this.#options.pingIntervalMs).unref();
  }

  #becomeIdle(): void {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#idleTimer);
    this.#socket.unref();
    if (this.#failed) return;
    const { idleMsMax } = this.#options;
    this.#idleTimer = setTimeout(() => this.#fail(networkError('EOF', 'The connection was idle')), idleMsMax).unref();
  }

  #take(callId: number): PendingCall | undefined {
    const call = this.#calls.get(callId);
    if (call !== undefined) {
      this.#calls.delete(callId);
      if (this.#calls.size === 0) this.#becomeIdle();
    }
    return call;
  }

  #timeOut(callId: number): void {
    const { callTimeoutMs, host, port } = this.#options;
    const waited = `${callTimeoutMs} millis timeout while waiting for channel to be ready for read. ch : ${host}:${port}`;
    this.#take(callId)?.reject(networkError('ETIMEDOUT', waited));
  }

  #receive(chunk: Buffer): void {
    this.#decoder.push(chunk);
    try {
      for (;;) {
        const next = this.#decoder.next();
        if (next === undefined) return;
        if (next.kind === 'bad-length') throw this.#badLength(next.lengthBytes);
        this.#handleResponse(next.bytes);
        this.#answered = true;
      }
    } catch (e) {
      this.#fail(e instanceof HadoopError ? e : this.#notRpc(messageOf(e)));
    }
  }

  #handleResponse(bytes: Buffer): void {
    const reader = frameReader(bytes);
    const header = readDelimited(reader, RpcResponseHeaderProto);
    const callId = header.callId | 0;
    if (header.status !== RpcStatus.SUCCESS) {
      const message = withoutStackTrace(header.errorMsg ?? 'ServerDidNotSetErrorMsg');
      const error = new HadoopError(header.exceptionClassName ?? 'ServerDidNotSetExceptionClassName', message);
      if (header.status === RpcStatus.ERROR) this.#take(callId)?.reject(error);
      else this.#fail(withAuthenticationHint(error));
      return;
    }
    if (callId === CallId.SASL) {
      throw hadoopError(
        'AccessControlException',
        'The server asks for SASL (Kerberos or tokens); this client has SIMPLE authentication only',
      );
    }
    const call = this.#take(callId);
    // The caller may have given the call up.
    if (call === undefined) return;
    try {
      call.resolve(readDelimited(reader, call.response));
    } catch (e) {
      call.reject(hadoopError('RpcException', `Can't decode the server's ${call.response.name}: ${messageOf(e)}`, e));
    }
  }

  #badLength(lengthBytes: number): HadoopError {
    if (!this.#answered) return this.#notRpc(`its answer starts with ${printable(this.#decoder.firstBytes(24))}`);
    const { lengthBytesMax } = this.#options;
    const message = `RPC response exceeds maximum data length (${lengthBytes} bytes, ipc.maximum.response.length is ${lengthBytesMax})`;
    return hadoopError('RpcException', message);
  }

  #notRpc(reason: string): HadoopError {
    const { host, port } = this.#options;
    const message = `${host}:${port} does not speak Hadoop RPC: ${reason}. Is it the NameNode's RPC port (8020 by default)?`;
    return hadoopError('RpcException', message);
  }

  /** Ends the connection; every call in progress fails with `error`. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#socket.destroy();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#becomeIdle();
    this.#ended.resolve();
    for (const call of calls) call.reject(error);
  }
}

/** Removes the Java stack trace that Hadoop's servers send behind the message. */
function withoutStackTrace(errorMsg: string): string {
  const traceAt = errorMsg.search(/\r?\n\tat /);
  return traceAt < 0 ? errorMsg : errorMsg.slice(0, traceAt);
}

function withAuthenticationHint(error: HadoopError): HadoopError {
  if (!/SIMPLE authentication is not enabled/.test(error.message)) return error;
  return new HadoopError(
    error.javaClass,
    `${error.message}: the server wants Kerberos or tokens, and this client has SIMPLE authentication only`,
    error,
  );
}

function printable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1'));
}
