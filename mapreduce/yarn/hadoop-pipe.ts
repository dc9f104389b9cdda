/** Standard output of a task on YARN, from which Hadoop Streaming reads pairs. */
import fs from 'node:fs';

const PIPE = 1;
const BUFFER_BYTES = 64 * 1024;

/** Gathers small pieces, so that a pair costs no system call. The caller ends it with flush(). */
export class HadoopPipe {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Takes the bytes, which the caller then leaves unchanged. */
  write(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= BUFFER_BYTES) this.flush();
  }

  flush(): void {
    const bytes = Buffer.concat(this.#pieces);
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(PIPE, bytes, at);
    this.#pieces = [];
    this.#bytes = 0;
  }
}
