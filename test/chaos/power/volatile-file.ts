/** The bytes of a file on a disk that forgets all bytes without an fsync when the power is cut. */

const PAGE_BYTES = 4096;
const CAPACITY_BYTES_MIN = 4096;

/** The bytes of one file: those that programs read, and those that the disk has for certain. */
export class VolatileFile {
  #bytes: Buffer = Buffer.alloc(0);
  #size = 0;
  #syncedSize = 0;
  /** Pages as they were at the last sync, for each page within the synced size that was changed since. */
  readonly #before = new Map<number, Buffer>();

  get size(): number {
    return this.#size;
  }

  /** Whether a loss of power could take something of this file. */
  get isDirty(): boolean {
    return this.#size !== this.#syncedSize || this.#before.size > 0;
  }

  /** Returns up to `length` bytes from the position. The bytes are a view, which the next write may change. */
  read(position: number, length: number): Buffer {
    return this.#bytes.subarray(Math.min(position, this.#size), Math.min(position + length, this.#size));
  }

  write(position: number, data: Uint8Array): void {
    const end = position + data.length;
    this.#keepBefore(position, end);
    this.#reserve(end);
    this.#bytes.set(data, position);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts the file, or makes it longer by zeros. */
  resize(size: number): void {
    this.#keepBefore(Math.min(size, this.#size), Math.max(size, this.#size));
    this.#reserve(size);
    // Bytes behind the end must be zero if the file grows again.
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** Makes the present bytes last, as fsync does. */
  sync(): void {
    this.#syncedSize = this.#size;
    this.#before.clear();
  }

  /** Returns the bytes at the last sync. */
  synced(): Buffer {
    const bytes = Buffer.alloc(this.#syncedSize);
    this.#bytes.copy(bytes, 0, 0, Math.min(this.#syncedSize, this.#size));
    for (const [page, before] of this.#before) before.copy(bytes, page * PAGE_BYTES);
    return bytes;
  }

  /** Replaces all bytes by those that are left after a loss of power. */
  becomeAfterPowerLoss(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#size = bytes.length;
    this.sync();
  }

  /** Keeps the synced bytes of pages that are about to change. */
  #keepBefore(from: number, to: number): void {
    const end = Math.min(to, this.#syncedSize);
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < end; page++) {
      if (this.#before.has(page)) continue;
      const pageEnd = Math.min((page + 1) * PAGE_BYTES, this.#syncedSize);
      this.#before.set(page, Buffer.from(this.#bytes.subarray(page * PAGE_BYTES, pageEnd)));
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(CAPACITY_BYTES_MIN, size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}
