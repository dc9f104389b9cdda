/** The server of the data transfer port. */
import net from 'node:net';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { bindError } from '../../runtime/bind-error.ts';
import { Alarm, settled } from '../../runtime/promises.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { serveConnection } from './data-xceiver.ts';
import { TransferLimit } from './transfer-limit.ts';

/** Time that writers have to leave after this DataNode has announced its restart. */
const RESTART_HEARD_MS = 1000;

/** Accepts data transfer connections and serves each of them (Hadoop: DataXceiverServer). */
export class XceiverServer {
  readonly #context: DatanodeContext;
  readonly #limit: TransferLimit<DataConnection>;
  readonly #connections = new Map<DataConnection, Promise<void>>();
  #server: net.Server | undefined;
  #port = 0;
  /** Set when the server takes no further connections. Resolves when no connection is left. */
  #closed: Promise<void> | undefined;

  /** @param transfersMax dfs.datanode.max.transfer.threads */
  constructor(context: DatanodeContext, transfersMax: number) {
    this.#context = context;
    this.#limit = new TransferLimit(transfersMax);
  }

  /** The port on which the server listens; 0 before it listens. */
  get port(): number {
    return this.#port;
  }

  /** Opens the port; port 0 takes a free port. Returns the address in use. @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (e) => reject(bindError(e, host, port)));
      server.listen({ port, host, backlog: 1024 }, resolve);
    });
    server.on('error', (err) => this.#context.log.warn({ err }, 'data transfer socket'));
    this.#server = server;
    const address = server.address();
    this.#port = typeof address === 'object' && address ? address.port : port;
    return { host, port: this.#port };
  }

  #accept(socket: net.Socket): void {
    const connection = new DataConnection(socket);
    const { metrics, bugs } = this.#context;
    try {
      this.#limit.opened(connection);
    } catch (e) {
      connection.destroy(bugs.ofMachine('TransferLimit.opened', { peer: connection.remoteAddress }, e));
      return;
    }
    metrics.xceiverCount++;
    const served = serveConnection(this.#context, connection, this.#limit).finally(() => {
      metrics.xceiverCount--;
      this.#limit.closed(connection);
      this.#connections.delete(connection);
    });
    this.#connections.set(connection, served);
  }

  /**
   * Takes no further connection and tells the writers to wait for this DataNode's restart (Hadoop:
   * DataXceiverServer.sendOOBToPeers). Resolves when the writers have gone or their time to leave is over.
   */
  async leaveForRestart(): Promise<void> {
    void this.#stopListening();
    const leaving: Promise<void>[] = [];
    for (const { writer } of this.#context.store.replicas()) {
      if (writer?.leaveForRestart) leaving.push(settled(writer.leaveForRestart()));
    }
    const limit = new Alarm();
    await Promise.race([Promise.all(leaving), limit.sleep(RESTART_HEARD_MS)]);
    limit.ring();
  }

  /** Drops every connection. Replicas that are being written stay as they are. */
  async close(): Promise<void> {
    const closed = this.#stopListening();
    for (const connection of this.#connections.keys()) connection.destroy();
    await Promise.all([closed, ...this.#connections.values()]);
  }

  #stopListening(): Promise<void> {
    const server = this.#server;
    if (!server) return Promise.resolve();
    this.#closed ??= new Promise((resolve) => server.close(() => resolve()));
    return this.#closed;
  }
}
