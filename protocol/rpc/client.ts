/** A client of one Hadoop RPC protocol at one address. */
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { setTimeout as abortableSleep } from 'node:timers/promises';
import { isFailure } from '../../runtime/bug.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemRandom } from '../../runtime/runtime.ts';
import type { Method } from '../method.ts';
import { wrapNetworkError } from '../network-errors.ts';
import { RpcClientConnection } from './client-connection.ts';
import { encodeCall, RPC_DATA_LENGTH_MAX } from './frame.ts';

export interface RpcClientOptions {
  readonly host: string;
  readonly port: number;
  /** Hadoop's name of the protocol: the PROTOCOL of its generated table. */
  readonly protocol: string;
  /** Default 1, the version of every protocol of HDFS. */
  readonly protocolVersion?: number | undefined;
  /** The effective user, with SIMPLE authentication. */
  readonly user: string;
  /** ipc.client.connect.timeout, default 20 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Further attempts after a connection was refused or timed out; default 0. */
  readonly connectRetriesMax?: number | undefined;
  /** ipc.client.connect.retry.interval, default 1 s. */
  readonly connectRetryIntervalMs?: number | undefined;
  /** ipc.client.rpc-timeout.ms, default 120 s; 0 waits forever. */
  readonly callTimeoutMs?: number | undefined;
  /** ipc.ping.interval, default 60 s. */
  readonly pingIntervalMs?: number | undefined;
  /** ipc.client.connection.maxidletime: a connection without calls is closed then; the next call opens another. */
  readonly idleMsMax?: number | undefined;
  /** ipc.maximum.response.length, default 128 MiB. */
  readonly maxDataLengthBytes?: number | undefined;
}

export interface CallOptions {
  /** Ends the client's wait; the server may still run the call. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Further attempts, under the same call id, after the connection failed; default 0. Safe for calls that the server's
   * retry cache knows or that change nothing.
   */
  readonly retries?: number | undefined;
  /**
   * Returns the pause before the call is sent again under the same call id, after the connection failed or the server
   * answered with an error; undefined if it is not sent again. `failures` counts from 0. Default: `retries` decides.
   */
  readonly retryDelayMs?: ((error: unknown, failures: number) => number | undefined) | undefined;
}

/** Java's Integer.MAX_VALUE: call ids start at 0 again behind it. */
const CALL_ID_MASK = 0x7fffffff;

/** Connects at the first call, and again at the first call after a failure. */
export class RpcClient {
  readonly host: string;
  readonly port: number;
  readonly #options: RpcClientOptions;
  readonly #clientId = systemRandom.bytes(16);
  #nextCallId = 0;
  #connection: Promise<RpcClientConnection> | undefined;
  #closed = false;

  constructor(options: RpcClientOptions) {
    this.#options = options;
    this.host = options.host;
    this.port = options.port;
  }

  /** @throws HadoopError with the server's Java class and message, or with those of a socket's failure; a mistake in our code as it is */
  async call<Q, S>(method: Method<Q, S>, request: Q, options: CallOptions = {}): Promise<S> {
    const callId = this.#nextCallId;
    this.#nextCallId = (callId + 1) & CALL_ID_MASK;
    const protocolVersion = this.#options.protocolVersion ?? 1;
    for (let retryCount = 0; ; retryCount++) {
      options.signal?.throwIfAborted();
      const bytes = encodeCall({ callId, clientId: this.#clientId, retryCount, protocolVersion }, method, request);
      try {
        const connection = await this.#connect();
        return await connection.call(callId, bytes, method.response, options.signal);
      } catch (e) {
        if (isAbort(e, options.signal)) throw e;
        // A mistake in our own code is no failure of the call: whoever made the call treats it as a Bug.
        if (!isFailure(e)) throw e;
        const delayMs = this.#closed ? undefined : retryDelayMs(options, e, retryCount);
        if (delayMs === undefined) throw e instanceof HadoopError ? e : wrapNetworkError(e, await this.#route());
        if (delayMs > 0) await pause(delayMs, options.signal);
      }
    }
  }

  /** Closes the connection; calls in progress fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const connecting = this.#connection;
    this.#connection = undefined;
    if (connecting === undefined) return;
    try {
      (await connecting).close();
    } catch {
      // A connection that failed is closed already, and its calls have received the error.
    }
  }

  #connect(): Promise<RpcClientConnection> {
    if (this.#closed) return Promise.reject(hadoopError('IOException', 'The RPC client is stopped'));
    if (this.#connection !== undefined) return this.#connection;
    const connecting = this.#connectWithRetries();
    this.#connection = connecting;
    const forget = () => {
      if (this.#connection === connecting) this.#connection = undefined;
    };
    connecting.then((connection) => connection.closed.then(forget), forget);
    return connecting;
  }

  async #connectWithRetries(): Promise<RpcClientConnection> {
    const o = this.#options;
    for (let tried = 0; ; tried++) {
      try {
        return await RpcClientConnection.connect({
          host: o.host,
          port: o.port,
          protocol: o.protocol,
          user: o.user,
          clientId: this.#clientId,
          connectTimeoutMs: o.connectTimeoutMs ?? 20_000,
          callTimeoutMs: o.callTimeoutMs ?? 120_000,
          pingIntervalMs: o.pingIntervalMs ?? 60_000,
          idleMsMax: o.idleMsMax ?? 10_000,
          lengthBytesMax: o.maxDataLengthBytes ?? RPC_DATA_LENGTH_MAX,
        });
      } catch (e) {
        if (tried >= (o.connectRetriesMax ?? 0) || this.#closed) throw e;
        await sleep(o.connectRetryIntervalMs ?? 1000);
      }
    }
  }

  async #route() {
    const { host, port } = this.#options;
    return { localHost: await localHost(), host, port };
  }
}

function retryDelayMs(options: CallOptions, error: unknown, failures: number): number | undefined {
  if (options.retryDelayMs) return options.retryDelayMs(error, failures);
  return !(error instanceof HadoopError) && failures < (options.retries ?? 0) ? 0 : undefined;
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await abortableSleep(delayMs, undefined, { signal });
  } catch (e) {
    signal?.throwIfAborted();
    throw e;
  }
}

function isAbort(e: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && e === signal.reason;
}

/** Returns this machine as `name/ip`, as Java's InetAddress.getLocalHost prints it. */
async function localHost(): Promise<string> {
  const name = hostname();
  try {
    return `${name}/${(await lookup(name, { family: 4 })).address}`;
  } catch {
    // Only messages show the address, and a machine's own name need not resolve.
    return `${name}/127.0.0.1`;
  }
}
