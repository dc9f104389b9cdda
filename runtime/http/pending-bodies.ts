/** The request bodies of a server that have begun and are not whole yet. They share one budget. */
import type { IncomingMessage } from 'node:http';

const COUNT_MAX = 128;
const BYTES_MAX = 128 * 1024 * 1024;

const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** Returns whether a request announces a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Cuts off the oldest bodies when there are too many of them, or when their bytes would be too many: a body that comes
 * at once is whole before it is the oldest, and a client that sends slowly, or nothing, loses its place to the next one.
 */
export class PendingBodies {
  readonly #sizes = new Map<IncomingMessage, number>();
  readonly #bytesMax: number;
  readonly #bodyBytesMax: number;
  #bytes = 0;

  /** @param bodyBytesMax the longest body that the server takes */
  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
    this.#bytesMax = Math.max(BYTES_MAX, 2 * bodyBytesMax);
  }

  /** Counts a request's body until it is whole or its connection is closed. */
  add(request: IncomingMessage): void {
    // A body of unknown length may become as long as any.
    const length = Number(request.headers['content-length'] ?? this.#bodyBytesMax);
    const size = Math.min(length, this.#bodyBytesMax);
    this.#sizes.set(request, size);
    this.#bytes += size;
    const over = (): void => this.#remove(request);
    request.once('end', over).once('close', over);
    for (const oldest of this.#sizes.keys()) {
      if (this.#sizes.size <= COUNT_MAX && this.#bytes <= this.#bytesMax) return;
      this.#remove(oldest);
      oldest.socket.write(TIMED_OUT);
      oldest.socket.destroySoon();
    }
  }

  #remove(request: IncomingMessage): void {
    this.#bytes -= this.#sizes.get(request) ?? 0;
    this.#sizes.delete(request);
  }
}
