/** Writing many small messages to a socket with few system calls. */
import type net from 'node:net';

/** Sends all bytes that are written in the same turn of the event loop in one system call. */
export class CoalescingWriter {
  readonly #socket: net.Socket;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #scheduled = false;
  #held = false;
  readonly #flushLater = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** Bytes that the system has not taken yet. */
  get unsentBytes(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#held || this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flushLater);
  }

  /** Runs `work` and then sends at once the bytes that `work` wrote. For a caller that knows the end of its turn. */
  during(work: () => void): void {
    this.#held = true;
    try {
      work();
    } finally {
      this.#held = false;
      this.flush();
    }
  }

  /** Hands all pending bytes to the socket. To be called before the socket is ended. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0 || this.#socket.destroyed) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (pending.length > 1) this.#socket.cork();
    for (const bytes of pending) this.#socket.write(bytes);
    if (pending.length > 1) this.#socket.uncork();
  }
}
