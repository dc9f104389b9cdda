// A loopback proxy that records connections.
import { once } from 'node:events';
import net from 'node:net';

/** Number of bytes that are kept of each direction of a connection. */
const KEPT_BYTES_MAX = 64 * 1024;

/** First bytes of one connection, in each direction. */
export interface Recording {
  readonly sent: Buffer;
  readonly received: Buffer;
}

/** Forwards connections and keeps the first bytes of each. */
export class RecordingProxy {
  readonly #connections: { sent: Buffer[]; received: Buffer[] }[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;

  private constructor(targetPort: number) {
    this.#server = net.createServer((client) => {
      // `direct`: the Loopback of this process must not redirect this connection back to the proxy.
      const options = { host: '127.0.0.1', port: targetPort, direct: true };
      const server = net.connect(options);
      const kept = { sent: [], received: [] };
      this.#connections.push(kept);
      this.#pass(client, server, kept.sent);
      this.#pass(server, client, kept.received);
    });
  }

  static async start(targetPort: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Recordings of all connections so far. */
  get recordings(): Recording[] {
    return this.#connections.map(({ sent, received }) => ({
      sent: Buffer.concat(sent),
      received: Buffer.concat(received),
    }));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(from: net.Socket, to: net.Socket, kept: Buffer[]): void {
    let keptBytes = 0;
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (keptBytes < KEPT_BYTES_MAX) kept.push(chunk);
      keptBytes += chunk.length;
    });
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}
