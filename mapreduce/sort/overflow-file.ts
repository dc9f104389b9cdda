import fs from 'node:fs';
import path from 'node:path';
import { appendFullySync } from '../../runtime/files/file-writes.ts';

const READ_BYTES = 256 * 1024;

/**
 * Holds what a task emits faster than it can be written: one call of reduce() may emit more than fits into memory and
 * can't be made to wait, so the bytes go to a local file until the call returns.
 */
export class OverflowFile {
  readonly #path: string;
  #bytes = 0;

  constructor(directory: string) {
    this.#path = path.join(directory, 'overflow.out');
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

  /** Hands the bytes on in their order; the file is gone then. */
  async drain(write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    if (this.#bytes === 0) return;
    this.#bytes = 0;
    for await (const chunk of fs.createReadStream(this.#path, { highWaterMark: READ_BYTES })) {
      await write(chunk as Buffer);
    }
    await fs.promises.unlink(this.#path);
  }
}
