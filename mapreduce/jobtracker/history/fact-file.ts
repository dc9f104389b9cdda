/** The facts of one job that has not ended: a file to which lines of JSON are added. */
import fs from 'node:fs';
import path from 'node:path';
import { syncDirectory } from '../../../runtime/files/sync-directory.ts';
import { type Deferred, deferred, settled } from '../../../runtime/promises.ts';
import type { JobFact } from '../scheduler/facts.ts';

/** Other users of the machine read no files of jobs. */
const FILE_MODE = 0o600;
/** A fact that nobody waits for is written after this time, together with those that have come meanwhile. */
const LAZY_MS = 50;

export class FactFile {
  readonly path: string;
  #handle: fs.promises.FileHandle | undefined;
  /** Whether the name of the file lasts over a loss of power. */
  #isNamed = false;
  #lines: string[] = [];
  /** Resolves when the lines that wait are on the disk. */
  #waiting: Deferred<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  /** The first failure: nothing is written any more, because a fact would be missing. */
  #failure: unknown;

  constructor(file: string) {
    this.path = file;
  }

  append(fact: JobFact): void {
    this.#lines.push(`${JSON.stringify(fact)}\n`);
    this.#timer ??= setTimeout(() => this.#begin(), LAZY_MS).unref();
  }

  /** Resolves when all facts that were added are on the disk. @throws the system's error, also that of an earlier call */
  async durable(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting ??= deferred();
    const { promise } = this.#waiting;
    this.#begin();
    await promise;
  }

  /** Writes what is left, and closes the file. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#begin();
    await settled(this.#work);
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #sync(handle: fs.promises.FileHandle): Promise<void> {
    await handle.datasync();
    if (this.#isNamed) return;
    await syncDirectory(path.dirname(this.path));
    this.#isNamed = true;
  }

  #begin(): void {
    this.#work ??= this.#writeAll().finally(() => {
      this.#work = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#lines.length > 0 || this.#waiting) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      const text = this.#lines.join('');
      this.#lines = [];
      try {
        if (this.#failure !== undefined) throw this.#failure;
        this.#handle ??= await fs.promises.open(this.path, 'a', FILE_MODE);
        if (text !== '') await this.#handle.appendFile(text);
        if (waiting) await this.#sync(this.#handle);
        waiting?.resolve();
      } catch (e) {
        this.#failure = e;
        waiting?.reject(e);
      }
    }
  }
}

/**
 * Returns the facts in a text. A last line that was cut off by a crash is left out: nobody has acted on it.
 * @throws SyntaxError for another line that is no JSON
 */
export function parseFacts(text: string): JobFact[] {
  const lines = text.split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as JobFact);
}
