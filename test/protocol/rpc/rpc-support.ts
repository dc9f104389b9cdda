// Servers and clients for the RPC tests, closed after each test.
import { once } from 'node:events';
import net from 'node:net';
import { afterEach } from 'vitest';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { RpcResponseHeaderProto } from '../../../protocol/gen/messages.ts';
import { RpcClient, type RpcClientOptions } from '../../../protocol/rpc/client.ts';
import type { FailureOf } from '../../../protocol/rpc/connection-owner.ts';
import {
  ClientFrameDecoder,
  encodeConnectionContext,
  encodePreamble,
  frameReader,
  readDelimited,
} from '../../../protocol/rpc/frame.ts';
import type { Handlers } from '../../../protocol/rpc/handler.ts';
import { RpcServer } from '../../../protocol/rpc/server.ts';
import type { RpcServerLimits } from '../../../protocol/rpc/server-limits.ts';
import { Bug } from '../../../runtime/bug.ts';
import { silentLogger } from '../../../runtime/log.ts';
import type { Clock } from '../../../runtime/runtime.ts';

/** Functions that close things after each test, in reverse order. */
const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
export function closeLater(close: () => Promise<void> | void): void {
  opened.push(close);
}

export class ManualClock implements Clock {
  ms = 0;
  now = () => this.ms;
  monotonicMs = () => this.ms;
}

export type NamenodeHandlers = Handlers<typeof ClientNamenode>;

/** Starts a server of ClientProtocol on a free port. `bugs`: those that the server has told its owner of. */
export async function serve(
  handlers: NamenodeHandlers,
  options: {
    maxDataLengthBytes?: number;
    limits?: Partial<RpcServerLimits>;
    retryCached?: (keyof typeof ClientNamenode)[];
    clock?: Clock;
    failureOf?: FailureOf;
  } = {},
): Promise<{ server: RpcServer; host: string; port: number; bugs: Bug[] }> {
  const { maxDataLengthBytes, limits, retryCached, clock, failureOf } = options;
  const bugs: Bug[] = [];
  const server = new RpcServer({
    name: 'NameNode',
    failureOf:
      failureOf ??
      ((...of) => {
        const bug = new Bug(...of);
        bugs.push(bug);
        return bug;
      }),
    limits: { ...(maxDataLengthBytes === undefined ? {} : { maxDataLengthBytes }), ...limits },
    log: silentLogger,
    clock: clock ?? new ManualClock(),
  });
  server.addProtocol(ClientNamenode, handlers, retryCached === undefined ? {} : { retryCached });
  closeLater(() => server.close());
  return { server, bugs, ...(await server.listen(0, '127.0.0.1')) };
}

export function clientOf(port: number, options: Partial<RpcClientOptions> = {}): RpcClient {
  const client = new RpcClient({
    host: '127.0.0.1',
    port,
    protocol: ClientNamenode.PROTOCOL,
    user: 'alice',
    ...options,
  });
  closeLater(() => client.close());
  return client;
}

/** Starts a TCP server that speaks no protocol. Returns its port. */
export async function listen(onConnection: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  closeLater(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

export const CLIENT_ID = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
export const HANDSHAKE = Buffer.concat([
  encodePreamble(),
  encodeConnectionContext(CLIENT_ID, { userInfo: { effectiveUser: 'alice' }, protocol: ClientNamenode.PROTOCOL }),
]);

/** A client connection that writes any bytes and keeps all bytes that it receives. */
export class RawClient {
  readonly socket: net.Socket;
  /** Resolves when the socket is closed by either side. */
  readonly ended: Promise<void>;
  readonly #chunks: Buffer[] = [];
  readonly #frames = new ClientFrameDecoder();

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1' });
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
    closeLater(() => void this.socket.destroy());
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#frames.push(chunk);
    });
    this.socket.on('error', () => this.socket.destroy());
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(...bytes: Uint8Array[]): this {
    for (const b of bytes) this.socket.write(b);
    return this;
  }

  /** Waits for the next answer; returns its header and a reader of the bytes behind the header. */
  async answer() {
    for (;;) {
      const next = this.#frames.next();
      if (next?.kind === 'frame') {
        const reader = frameReader(next.bytes);
        return { header: readDelimited(reader, RpcResponseHeaderProto), reader };
      }
      if (this.socket.closed) throw new Error('closed without an answer');
      await Promise.race([once(this.socket, 'data'), this.ended]);
    }
  }
}
