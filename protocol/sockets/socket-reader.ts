import net from 'node:net';
import { ByteQueue } from './byte-queue.ts';
import { ReceiveBuffers } from './receive-buffers.ts';

/** After this much the process's other connections have their turn: acks must not wait until a burst of data ends. */
const TURN_BYTES_MAX = 128 * 1024;

/** What Node keeps behind a socket; only `useUserBuffer` tells that it can read into memory of ours. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Reads a socket into memory that is used again (`onread` of node:net), which costs about half of what 'data' events
 * do (docs/decisions/data-connection.md).
 */
export class SocketReader {
  readonly queue = new ByteQueue();
  readonly buffers = new ReceiveBuffers();
  /** Called when bytes have come; false stops the reading until `resume`. */
  onBytes: () => boolean = () => true;
  #stopped = false;
  #turnBytes = 0;
  #turnOver = false;
  #socket: net.Socket | undefined;

  readonly onread: net.OnReadOpts = {
    buffer: () => this.buffers.room(),
    callback: (lengthBytes) => {
      this.queue.push(this.buffers.filled(lengthBytes));
      this.#stopped = !this.onBytes();
      this.#turnBytes += lengthBytes;
      if (this.#turnBytes >= TURN_BYTES_MAX) this.#endTurn();
      return !this.#stopped && !this.#turnOver;
    },
  };

  /** Of a socket that was made with `onread`. */
  attach(socket: net.Socket): net.Socket {
    this.#socket = socket;
    return socket;
  }

  /** Takes over a socket that a server accepted. */
  adopt(accepted: net.Socket): net.Socket {
    const early: unknown = accepted.read();
    if (Buffer.isBuffer(early)) this.queue.push(early);
    const socket = adoptSocket(accepted, this.onread);
    if (socket !== undefined) return this.attach(socket);
    accepted.on('data', (chunk: Buffer) => {
      this.queue.push(chunk);
      this.#stopped = !this.onBytes();
      if (this.#stopped) accepted.pause();
    });
    return this.attach(accepted);
  }

  /** Reads on after `onBytes` said no. */
  resume(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    if (!this.#turnOver) this.#socket?.resume();
  }

  #endTurn(): void {
    this.#turnBytes = 0;
    this.#turnOver = true;
    setImmediate(() => {
      this.#turnOver = false;
      if (!this.#stopped) this.#socket?.resume();
    });
  }
}

/**
 * Node gives `onread` to sockets that connect, not to those that a server accepts: this moves an accepted socket's
 * handle to a new socket. @returns undefined where that can't be done, so that 'data' events must serve
 */
export function adoptSocket(accepted: net.Socket, onread: net.OnReadOpts): net.Socket | undefined {
  const owner = accepted as unknown as { _handle: Handle | null };
  const handle = owner._handle;
  if (!handle?.useUserBuffer || accepted.readableEnded || accepted.writableLength > 0) return undefined;
  owner._handle = null;
  const { allowHalfOpen } = accepted;
  const socket = new net.Socket({ handle, onread, allowHalfOpen } as net.SocketConstructorOpts);
  // The accepted socket stays its server's; both end together.
  socket.once('close', () => accepted.destroy());
  accepted.once('close', () => socket.destroy());
  return socket;
}
