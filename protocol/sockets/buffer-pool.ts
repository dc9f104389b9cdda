/**
 * Large buffers that are used again: fresh ones cost the kernel more, page by page, than what is read into them.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #freeMax: number;
  readonly #free: Buffer[] = [];

  /** @param freeMax buffers of `bytes` bytes that are kept while nobody uses them */
  constructor(bytes: number, freeMax: number) {
    this.#bytes = bytes;
    this.#freeMax = freeMax;
  }

  /** At least `bytes` bytes; far fewer, or more than the pool's buffers have, get memory of their own. */
  take(bytes = this.#bytes): Buffer {
    if (bytes > this.#bytes || bytes < this.#bytes / 4) return Buffer.allocUnsafe(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Takes a buffer back that nobody uses any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#bytes && this.#free.length < this.#freeMax) this.#free.push(buffer);
  }
}
