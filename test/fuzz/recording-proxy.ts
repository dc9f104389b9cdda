// A proxy that keeps what passes.
import { once } from 'node:events';
import net from 'node:net';

/** Of each connection so much is kept, in each direction. */
const KEPT_BYTES_MAX = 64 * 1024;

/** What went over one connection. */
export interface Recording {
  readonly sent: Buffer;
  readonly received: Buffer;
}

/** A loopback proxy that keeps the first bytes of every connection. */
export class RecordingProxy {
  readonly #connections: { sent: Buffer[]; received: Buffer[] }[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;

  private constructor(targetPort: number) {
    this.#server = net.createServer((client) => {
      // `direct`: the Loopback of this process must not lead it back to here.
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

  /** What has been recorded so far. */
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
