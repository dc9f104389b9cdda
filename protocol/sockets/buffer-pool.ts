/** Large buffers that are used again. */
/** Fresh memory costs the kernel more work, page by page, than the bytes that are read into it. */
export class BufferPool {
  readonly #bytes: number;
  readonly #freeMax: number;
  readonly #free: Buffer[] = [];

  /** Makes a pool of buffers of `bytes` bytes. @param freeMax most unused buffers that the pool keeps */
  constructor(bytes: number, freeMax: number) {
    this.#bytes = bytes;
    this.#freeMax = freeMax;
  }

  /**
   * Returns a buffer of at least `bytes` bytes. If less than a quarter of a pool's buffer is wanted, or more than a whole
   * one, the buffer has memory of its own.
   */
  take(bytes = this.#bytes): Buffer {
    if (bytes > this.#bytes || bytes < this.#bytes / 4) return Buffer.allocUnsafe(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Takes back a buffer that is no longer used. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#bytes && this.#free.length < this.#freeMax) this.#free.push(buffer);
  }
}
