/** A server of Hadoop RPC version 9 with SIMPLE authentication. */
import net from 'node:net';
import { Configuration } from '../../conf/configuration.ts';
import { bindError } from '../../runtime/bind-error.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import * as ProtocolInfo from '../gen/protocol-info.ts';
import { CallQueue } from './call-queue.ts';
import { RpcConnectionManager } from './connection-manager.ts';
import type { ConnectionOwner, FailureOf } from './connection-owner.ts';
import { FrameBudget } from './frame-budget.ts';
import { type Handlers, type ServedMethod, type ServedProtocol, servedMethods } from './handler.ts';
import { protocolInfoHandlers } from './protocol-info.ts';
import { RetryCache, type RetryCacheLimits } from './retry-cache.ts';
import { RpcServerConnection } from './server-connection.ts';
import { type RpcServerLimits, rpcServerLimits } from './server-limits.ts';

export interface RpcServerOptions {
  /** The daemon's name for the log, such as `NameNode`. */
  readonly name: string;
  /** Limits that differ from Hadoop's defaults. */
  readonly limits?: Partial<RpcServerLimits> | undefined;
  readonly retryCacheLimits?: RetryCacheLimits | undefined;
  readonly failureOf: FailureOf;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Serves several protocols on one port. */
export class RpcServer implements ConnectionOwner {
  readonly name: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly failureOf: FailureOf;
  readonly limits: RpcServerLimits;
  readonly calls: CallQueue;
  readonly frames: FrameBudget;
  /** Encoded answers of calls that must not run twice. */
  readonly retryCache: RetryCache<Uint8Array>;
  readonly #protocols = new Map<string, ServedProtocol>();
  readonly #connections: RpcConnectionManager<RpcServerConnection>;
  #server: net.Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RpcServerOptions) {
    this.name = options.name;
    this.log = options.log;
    this.clock = options.clock;
    this.failureOf = options.failureOf;
    this.limits = { ...rpcServerLimits(new Configuration(), 'dfs.namenode.handler.count'), ...options.limits };
    this.retryCache = new RetryCache(options.retryCacheLimits);
    this.calls = new CallQueue(this.limits.callsMax);
    this.frames = new FrameBudget(2 * this.limits.maxDataLengthBytes);
    this.#connections = new RpcConnectionManager(this.limits, options.clock);
    this.addProtocol(ProtocolInfo, protocolInfoHandlers(this));
  }

  /**
   * Serves the protocol of a generated table (`import * as ClientNamenode from '../gen/client-namenode.ts'`). Methods
   * without a handler are refused as unknown. Methods in `retryCached` run once for each client id and call id.
   */
  addProtocol<T extends { readonly PROTOCOL: string }>(
    table: T,
    handlers: Handlers<T>,
    options: { version?: number; retryCached?: readonly (keyof T)[] } = {},
  ): void {
    const methods = servedMethods(table, handlers, options.retryCached);
    this.#protocols.set(table.PROTOCOL, { version: options.version ?? 1, methods });
  }

  /** Opens the port; 0 takes a free one. @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
    const server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (e) => reject(bindError(e, host, port)));
      server.listen({ port, host, backlog: 1024 }, resolve);
    });
    server.on('error', (err) => this.log.warn({ err }, 'RPC server socket'));
    this.#server = server;
    this.#closing = undefined;
    this.#connections.startIdleScan();
    const address = server.address() as net.AddressInfo;
    return { host, port: address.port };
  }

  /**
   * Closes the port and every connection. Calls in progress run on, but their answers are dropped. A second call waits
   * for the same end as the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#connections.close();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The number of open connections. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Returns the protocol of that name; undefined if the server does not have it. For ProtocolMetaInfoPB. */
  protocol(name: string): ServedProtocol | undefined {
    return this.#protocols.get(name);
  }

  /** @throws RpcNoSuchProtocolException, RPC.VersionMismatch, RpcNoSuchMethodException */
  find(protocolName: string, version: number, methodName: string): ServedMethod {
    const protocol = this.#protocols.get(protocolName);
    if (protocol === undefined) throw hadoopError('RpcNoSuchProtocolException', `Unknown protocol: ${protocolName}`);
    if (protocol.version !== version) {
      const versions = `(client = ${version}, server = ${protocol.version})`;
      throw hadoopError('VersionMismatch', `Protocol ${protocolName} version mismatch. ${versions}`);
    }
    const served = protocol.methods.get(methodName);
    if (served !== undefined) return served;
    throw hadoopError('RpcNoSuchMethodException', `Unknown method ${methodName} called on ${protocolName} protocol.`);
  }

  #accept(socket: net.Socket): void {
    // Without a listener the error of a dropped socket would end the process.
    if (this.#connections.isFull) {
      socket.on('error', () => socket.destroy()).destroy();
      const { connectionsMax } = this.limits;
      this.log.warn({ client: socket.remoteAddress }, `${this.name}: connection over the limit of ${connectionsMax}`);
      return;
    }
    const connection = new RpcServerConnection(this, socket);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.remove(connection);
      connection.closed();
    });
  }
}
