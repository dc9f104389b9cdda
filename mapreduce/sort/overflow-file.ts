/** A local file for output that a task emits faster than it can be written. */
import fs from 'node:fs';
import path from 'node:path';
import { appendFullySync } from '../../runtime/files/file-writes.ts';

const READ_BYTES = 256 * 1024;

/**
 * Keeps output until the call of reduce() that emits it returns. One call may emit more than fits into memory, and a
 * running call cannot be made to wait.
 */
export class OverflowFile {
  readonly #path: string;
  #bytes = 0;

  constructor(file: string) {
    this.#path = file;
  }

  append(bytes: Uint8Array): void {
    if (this.#bytes === 0) fs.mkdirSync(path.dirname(this.#path), { recursive: true });
    const descriptor = fs.openSync(this.#path, 'a');
    try {
      appendFullySync(descriptor, bytes);
    } finally {
      fs.closeSync(descriptor);
    }
    this.#bytes += bytes.length;
  }

  /** Gives the bytes to `write` in their order, then deletes the file. */
  async drain(write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    for await (const chunk of this.chunks()) await write(chunk);
  }

  /** Yields the bytes in their order, then deletes the file. */
  async *chunks(): AsyncGenerator<Buffer> {
    if (this.#bytes === 0) return;
    this.#bytes = 0;
    for await (const chunk of fs.createReadStream(this.#path, { highWaterMark: READ_BYTES })) yield chunk as Buffer;
    await fs.promises.unlink(this.#path);
  }
}
