import net from 'node:net';
import { DataConnection } from '../protocol/data-connection.ts';
import { bindError } from '../protocol/network-errors.ts';
import { serveConnection } from './data-xceiver.ts';
import type { DatanodeContext } from './datanode-context.ts';
import { TransferLimit } from './transfer-limit.ts';

/** Accepts data transfer connections and serves each of them (Hadoop: DataXceiverServer). */
export class XceiverServer {
  readonly #context: DatanodeContext;
  readonly #limit: TransferLimit<DataConnection>;
  readonly #connections = new Map<DataConnection, Promise<void>>();
  #server: net.Server | undefined;

  /** @param transfersMax dfs.datanode.max.transfer.threads */
  constructor(context: DatanodeContext, transfersMax: number) {
    this.#context = context;
    this.#limit = new TransferLimit(transfersMax);
  }

  /** @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (e) => reject(bindError(e, host, port)));
      server.listen({ port, host, backlog: 1024 }, resolve);
    });
    server.on('error', (err) => this.#context.log.warn({ err }, 'data transfer socket'));
    this.#server = server;
    const address = server.address();
    return { host, port: typeof address === 'object' && address ? address.port : port };
  }

  #accept(socket: net.Socket): void {
    const connection = new DataConnection(socket);
    const { metrics } = this.#context;
    metrics.xceiverCount++;
    this.#limit.opened(connection);
    const served = serveConnection(this.#context, connection, this.#limit).finally(() => {
      metrics.xceiverCount--;
      this.#limit.closed(connection);
      this.#connections.delete(connection);
    });
    this.#connections.set(connection, served);
  }

  /** Drops every connection; replicas being written stay as they are. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server ? new Promise<void>((resolve) => server.close(() => resolve())) : undefined;
    for (const connection of this.#connections.keys()) connection.destroy();
    await Promise.all([closed, ...this.#connections.values()]);
  }
}
