/**
 * A log of entries of one length on a volume, in files with increasing numbers: `NAME.1.log`, `NAME.2.log`. It holds what a
 * record of the whole volume, which is saved now and then, does not have yet.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { closeFile, openFile, writeFully, writeFullySync } from '../../runtime/files/file-io.ts';
import { settled } from '../../runtime/promises.ts';

export interface VolumeLogOptions {
  /** Whether a small write is made without a thread. */
  readonly isFast: () => boolean;
}

export class VolumeLog {
  readonly #directory: string;
  readonly #name: string;
  readonly #isFast: () => boolean;
  /** The number of the newest file. */
  #newest = 0;
  /** The newest file, once this process has written to it. */
  #file: { readonly fd: number; lengthBytes: number } | undefined;
  /** The entries of the next write. */
  #batch: { readonly entries: Buffer[]; readonly written: Promise<void> } | undefined;
  #tail: Promise<void> = Promise.resolve();
  readonly #changes = new Set<Promise<unknown>>();

  constructor(directory: string, name: string, { isFast }: VolumeLogOptions) {
    this.#directory = directory;
    this.#name = name;
    this.#isFast = isFast;
  }

  /** Returns the paths of earlier processes' files, the oldest first. Call it once, before the first change. @throws the failure of the disk */
  async files(): Promise<string[]> {
    const numbers = await this.#numbers();
    this.#newest = numbers.at(-1) ?? 0;
    return numbers.map((number) => this.#pathOf(number));
  }

  /**
   * Writes an entry, and makes the change that the entry tells of after that. The entry is not synced.
   * @throws the failure of the disk, without a change; the failure of the change
   */
  async logged(entry: Buffer, change: () => Promise<void>): Promise<void> {
    const work = this.#append(entry).then(change);
    this.#changes.add(work);
    try {
      await work;
    } finally {
      this.#changes.delete(work);
    }
  }

  /**
   * Begins a new file. Resolves when the changes of all entries in older files are made, so that they show in a record of
   * the volume that is taken from now on.
   * @returns what dropBefore() takes once that record is saved
   */
  async rotate(): Promise<number> {
    let number = 0;
    await this.#next(async () => {
      number = this.#newest + 1;
      await this.#closeFile();
    });
    await Promise.all([...this.#changes].map(settled));
    return number;
  }

  /** Deletes the files that a record has replaced. @throws the failure of the disk */
  async dropBefore(number: number): Promise<void> {
    for (const old of await this.#numbers()) if (old < number) await fs.rm(this.#pathOf(old), { force: true });
  }

  /** Closes the newest file, after the writes that wait. The next entry begins a new one. */
  close(): Promise<void> {
    return this.#next(() => this.#closeFile());
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeFile(file.fd);
  }

  #append(entry: Buffer): Promise<void> {
    if (this.#batch === undefined) {
      const entries: Buffer[] = [];
      const written = this.#next(() => {
        this.#batch = undefined;
        return this.#write(entries);
      });
      this.#batch = { entries, written };
    }
    this.#batch.entries.push(entry);
    return this.#batch.written;
  }

  async #write(entries: readonly Buffer[]): Promise<void> {
    this.#file ??= { fd: await openFile(this.#pathOf(++this.#newest), 'wx'), lengthBytes: 0 };
    const { fd, lengthBytes } = this.#file;
    if (this.#isFast()) writeFullySync(fd, entries, lengthBytes);
    else await writeFully(fd, entries, lengthBytes);
    // After a failure the next entries are written over what is there of these.
    for (const { length } of entries) this.#file.lengthBytes += length;
  }

  /** Runs an action after all earlier ones. */
  #next(action: () => Promise<void>): Promise<void> {
    const result = this.#tail.then(action);
    this.#tail = settled(result);
    return result;
  }

  async #numbers(): Promise<number[]> {
    const prefix = `${this.#name}.`;
    const numbers = (await fs.readdir(this.#directory))
      .filter((name) => name.startsWith(prefix) && name.endsWith('.log'))
      .map((name) => Number(name.slice(prefix.length, -'.log'.length)));
    return numbers.filter((number) => Number.isSafeInteger(number) && number > 0).sort((a, b) => a - b);
  }

  #pathOf(number: number): string {
    return path.join(this.#directory, `${this.#name}.${number}.log`);
  }
}
