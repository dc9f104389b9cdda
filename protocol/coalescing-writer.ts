import type net from 'node:net';

/** Writes to a socket so that what is written in the same turn of the event loop leaves in one system call. */
export class CoalescingWriter {
  readonly #socket: net.Socket;
  #corked = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  write(bytes: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }
}
