/** Received bytes that no decoder has taken yet. */
/** Chunks smaller than this are copied together while at least CHUNKS_MIN chunks wait. */
const SMALL_BYTES = 1024;
const CHUNKS_MIN = 16;
/** The size of the buffers that small chunks are copied to. */
const GATHER_BYTES = 16 * 1024;

/** Joins a piece to the last one if it follows the last one in memory. Returns whether it does. */
export function extendLast(pieces: Buffer[], piece: Buffer): boolean {
  const last = pieces.at(-1);
  if (last === undefined || last.byteOffset + last.length !== piece.byteOffset) return false;
  if (last.buffer !== piece.buffer) return false;
  pieces[pieces.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length);
  return true;
}

/**
 * Chunks go in as they arrive, contiguous pieces come out. A piece that lies within one chunk, or in chunks that follow
 * each other in one ArrayBuffer, is a view of the chunk and not a copy: it is valid until the chunk's owner changes the
 * memory.
 */
export class ByteQueue {
  readonly #chunks: Buffer[] = [];
  /** Bytes of the first chunk that have been taken. */
  #offset = 0;
  #length = 0;
  /** The buffer that small chunks are copied to; no byte of it is written twice. */
  #gathered: Buffer = Buffer.alloc(0);
  #gatheredEnd = 0;

  /** Bytes that can be taken now. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (!extendLast(this.#chunks, chunk)) {
      if (chunk.length < SMALL_BYTES && this.#chunks.length >= CHUNKS_MIN) this.#gather(chunk);
      else this.#chunks.push(chunk);
    }
    this.#length += chunk.length;
  }

  /** Copies small chunks together: a peer that sends byte by byte would cost some hundred bytes of memory for each. */
  #gather(chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    if (
      last === undefined ||
      last.buffer !== this.#gathered.buffer ||
      this.#gatheredEnd + chunk.length > GATHER_BYTES
    ) {
      this.#gathered = Buffer.allocUnsafeSlow(GATHER_BYTES);
      this.#gatheredEnd = 0;
      this.#chunks.push(this.#gathered.subarray(0, 0));
    }
    const start = this.#gatheredEnd - (this.#chunks.at(-1)?.length ?? 0);
    chunk.copy(this.#gathered, this.#gatheredEnd);
    this.#gatheredEnd += chunk.length;
    this.#chunks[this.#chunks.length - 1] = this.#gathered.subarray(start, this.#gatheredEnd);
  }

  /** Returns the byte at `index`. @throws RangeError beyond the end */
  at(index: number): number {
    let i = index + this.#offset;
    for (const chunk of this.#chunks) {
      if (i < chunk.length) return chunk[i] as number;
      i -= chunk.length;
    }
    throw new RangeError(`byte ${index} of ${this.#length}`);
  }

  /** Returns the big-endian signed 32-bit integer at `index`. */
  int32At(index: number): number {
    const first = this.#chunks[0];
    if (first && this.#offset + index + 4 <= first.length) return first.readInt32BE(this.#offset + index);
    return (this.at(index) << 24) | (this.at(index + 1) << 16) | (this.at(index + 2) << 8) | this.at(index + 3);
  }

  /** Returns the big-endian signed 16-bit integer at `index`. */
  int16At(index: number): number {
    const first = this.#chunks[0];
    if (first && this.#offset + index + 2 <= first.length) return first.readInt16BE(this.#offset + index);
    return ((this.at(index) << 24) >> 16) | this.at(index + 1);
  }

  /** Removes the next `length` bytes and returns them in one piece. @throws RangeError if there are fewer */
  take(length: number): Buffer {
    if (length > this.#length) throw new RangeError(`${length} bytes of ${this.#length}`);
    if (length === 0) return Buffer.alloc(0);
    const first = this.#chunks[0] as Buffer;
    const end = this.#offset + length;
    if (end <= first.length) {
      const piece = first.subarray(this.#offset, end);
      this.#consume(length);
      return piece;
    }
    const joined = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[0] as Buffer;
      const from = this.#offset;
      const part = Math.min(chunk.length - from, length - filled);
      chunk.copy(joined, filled, from, from + part);
      filled += part;
      this.#consume(part);
    }
    return joined;
  }

  /** Removes all bytes. */
  clear(): void {
    this.#chunks.length = 0;
    this.#offset = 0;
    this.#length = 0;
  }

  /** Removes bytes of the first chunk, at most all of them. */
  #consume(length: number): void {
    this.#length -= length;
    this.#offset += length;
    if (this.#offset === this.#chunks[0]?.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
  }
}
