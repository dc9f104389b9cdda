/** The files for standard output and error of an attempt. */
import fs from 'node:fs';
import path from 'node:path';

export type LogName = 'stdout' | 'stderr';

const isSystemError = (e: unknown): boolean => e instanceof Error && 'syscall' in e;

/** Appends to the log files of an attempt. Each file is made by its first output, and opened again after close(). */
export class LogFiles {
  readonly #directory: string;
  readonly #descriptors = new Map<LogName, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes a chunk, or drops it if the disk refuses: a task that fills the disk must not end its tracker. */
  write(name: LogName, chunk: Uint8Array): void {
    try {
      const descriptor = this.#open(name);
      for (let at = 0; at < chunk.length; ) at += fs.writeSync(descriptor, chunk, at);
    } catch (e) {
      if (!isSystemError(e)) throw e;
    }
  }

  /** Returns the last bytes of a file as text. */
  tail(name: LogName, bytes: number): string {
    try {
      const content = fs.readFileSync(path.join(this.#directory, name));
      return content.subarray(Math.max(0, content.length - bytes)).toString();
    } catch (e) {
      if (!isSystemError(e)) throw e;
      return '';
    }
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) fs.closeSync(descriptor);
    this.#descriptors.clear();
  }

  #open(name: LogName): number {
    const open = this.#descriptors.get(name);
    if (open !== undefined) return open;
    fs.mkdirSync(this.#directory, { recursive: true });
    const descriptor = fs.openSync(path.join(this.#directory, name), 'a');
    this.#descriptors.set(name, descriptor);
    return descriptor;
  }
}
