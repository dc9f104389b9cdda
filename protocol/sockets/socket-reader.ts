/** Reading sockets into memory that is used again. */
import net from 'node:net';
import { ByteQueue } from './byte-queue.ts';
import { ReceiveBuffers } from './receive-buffers.ts';

/** After this many bytes other connections of the process have their turn, so that acks do not wait for a burst's end. */
const TURN_BYTES_MAX = 128 * 1024;

/** Node's inner object of a socket. If it has `useUserBuffer`, it can read into memory of the caller. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Reads a socket into memory that is used again (`onread` of node:net). This costs about half as much time as 'data'
 * events (docs/decisions/data-connection.md).
 */
export class SocketReader {
  readonly queue = new ByteQueue();
  readonly buffers = new ReceiveBuffers();
  /** Called when bytes have arrived. If it returns false, reading stops until resume(). */
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

  /** Reads from a socket that was made with `onread`. */
  attach(socket: net.Socket): net.Socket {
    this.#socket = socket;
    return socket;
  }

  /** Reads from a socket that a server has accepted. Returns the socket to be used from then on. */
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

  /** Reads on after onBytes() returned false. */
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
 * Moves an accepted socket's handle to a new socket with `onread`, which Node offers for connecting sockets only.
 * @returns the new socket; undefined if the handle can't be moved, so that 'data' events must be used
 */
export function adoptSocket(accepted: net.Socket, onread: net.OnReadOpts): net.Socket | undefined {
  const owner = accepted as unknown as { _handle: Handle | null };
  const handle = owner._handle;
  if (!handle?.useUserBuffer || accepted.readableEnded || accepted.writableLength > 0) return undefined;
  owner._handle = null;
  const { allowHalfOpen } = accepted;
  const socket = new net.Socket({ handle, onread, allowHalfOpen } as net.SocketConstructorOpts);
  // The server counts the accepted socket, so both sockets end together.
  socket.once('close', () => accepted.destroy());
  accepted.once('close', () => socket.destroy());
  return socket;
}
