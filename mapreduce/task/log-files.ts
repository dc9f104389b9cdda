/** The files for standard output and error of an attempt. */
import fs from 'node:fs';
import path from 'node:path';

export type LogName = 'stdout' | 'stderr';

/** A log may be this many times as long as its limit before its begin is dropped. */
const SLACK = 2;

const isSystemError = (e: unknown): boolean => e instanceof Error && 'syscall' in e;

interface OpenLog {
  readonly descriptor: number;
  length: number;
}

/** Appends to the log files of an attempt. Each file is made by its first output, and opened again after close(). */
export class LogFiles {
  readonly #directory: string;
  readonly #bytesMax: number;
  readonly #open = new Map<LogName, OpenLog>();

  /** @param bytesMax bytes of the end of each log that are kept; 0: all (mapreduce.task.userlog.limit.kb) */
  constructor(directory: string, bytesMax = 0) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
  }

  /** Writes a chunk, or drops it if the disk refuses: a task that fills the disk must not end its tracker. */
  write(name: LogName, chunk: Uint8Array): void {
    try {
      const log = this.#opened(name);
      for (let at = 0; at < chunk.length; ) at += fs.writeSync(log.descriptor, chunk, at);
      log.length += chunk.length;
      if (this.#bytesMax > 0 && log.length > this.#bytesMax * SLACK) this.#dropBegin(log);
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

  /** Closes the files, and cuts each to its limit. */
  close(): void {
    for (const log of this.#open.values()) {
      try {
        if (this.#bytesMax > 0 && log.length > this.#bytesMax) this.#dropBegin(log);
      } catch (e) {
        if (!isSystemError(e)) throw e;
      } finally {
        fs.closeSync(log.descriptor);
      }
    }
    this.#open.clear();
  }

  /** Keeps the end of a log, from the start of a line, below a line that tells so. */
  #dropBegin(log: OpenLog): void {
    const { descriptor } = log;
    const { size } = fs.fstatSync(descriptor);
    const end = Buffer.alloc(Math.min(size, this.#bytesMax));
    const read = fs.readSync(descriptor, end, 0, end.length, size - end.length);
    const kept = end.subarray(end.indexOf('\n') + 1, read);
    const note = `[The begin of this log was dropped: mapreduce.task.userlog.limit.kb is ${this.#bytesMax / 1024}]\n`;
    fs.ftruncateSync(descriptor, 0);
    const bytes = Buffer.concat([Buffer.from(note), kept]);
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(descriptor, bytes, at);
    log.length = bytes.length;
  }

  #opened(name: LogName): OpenLog {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    fs.mkdirSync(this.#directory, { recursive: true });
    // Another process of the attempt may write the same file: each write comes at its end.
    const descriptor = fs.openSync(path.join(this.#directory, name), 'a+');
    const log = { descriptor, length: fs.fstatSync(descriptor).size };
    this.#open.set(name, log);
    return log;
  }
}
