/** The journal in front of `level`: a commit is durable when it is in one of two files of fixed length. */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { Closers } from '../../runtime/closers.ts';
import { errorCode } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import { settled } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import type { Change } from '../command/change.ts';
import { type EditRecord, encodeRecord, recordsAfter } from './edit-record.ts';

/** The length of each of the two files. */
const FILE_BYTES = 1024 * 1024;
export const JOURNAL_FILES = ['edits-0', 'edits-1'] as const;
/** If commits take longer on average, a thread waits for the disk. */
const SLOW_COMMIT_MS = 1;
/** The average is over about this many commits. */
const COMMITS_AVERAGED = 8;
/** The flag of a write that returns when the bytes are on disk; undefined on a system without it (Windows). */
const DSYNC: number | undefined = fs.constants.O_DSYNC;

/**
 * Holds the batches that were committed and are not in `level` yet. Two files of fixed length are written in turns, each
 * from its start. All their bytes were written before, so that a commit changes no metadata of the file system (Hadoop
 * preallocates its edit log for the same reason). A commit is so about four times as fast as a synced batch of `level`;
 * see docs/decisions/edit-journal.md.
 */
export class EditJournal {
  readonly #fds: readonly number[];
  readonly #bytesMax: number;
  readonly #record: Buffer;
  /** The file that is written now, the position in it, and the number of the last batch in each file. */
  #file = 0;
  #position = 0;
  readonly #lastNumbers = [0, 0];
  readonly #clock: Clock;
  #averageCommitMs = SLOW_COMMIT_MS;

  private constructor(fds: readonly number[], bytesMax: number, clock: Clock) {
    this.#fds = fds;
    this.#bytesMax = bytesMax;
    this.#clock = clock;
    this.#record = Buffer.allocUnsafeSlow(bytesMax);
  }

  /** Opens or makes the files in `directory`; `fileBytes` is the length of a file that is made. */
  static async open(directory: string, options: { fileBytes?: number; clock?: Clock } = {}): Promise<EditJournal> {
    const { fileBytes = FILE_BYTES, clock = systemClock } = options;
    let bytesMax = Number.POSITIVE_INFINITY;
    for (const name of JOURNAL_FILES) {
      const file = path.join(directory, name);
      await ensureFile(file, fileBytes);
      bytesMax = Math.min(bytesMax, (await fsPromises.stat(file)).size);
    }
    const fds: number[] = [];
    try {
      for (const name of JOURNAL_FILES) fds.push(await openSynced(path.join(directory, name)));
      return new EditJournal(fds, bytesMax, clock);
    } catch (e) {
      await settled(closeAll(fds));
      throw e;
    }
  }

  /** Reads the batches that were committed after batch number `applied`. @throws Error if any of them is damaged */
  static async read(directory: string, applied: number): Promise<EditRecord[]> {
    const files: Buffer[] = [];
    for (const name of JOURNAL_FILES) files.push(await readIfThere(path.join(directory, name)));
    return recordsAfter(applied, files);
  }

  /**
   * Resolves when the batch is on disk.
   * @param applied resolves when `level` has all batches up to a number
   * @returns false if the batch is too large for the journal, so that `level` must take it
   */
  async append(
    number: number,
    changes: Iterable<Change>,
    applied: (number: number) => Promise<void>,
  ): Promise<boolean> {
    const length = encodeRecord(this.#record, number, changes);
    if (length === undefined) return false;
    if (this.#position + length > this.#bytesMax) await this.#turn(applied);
    const write: Write = {
      fd: this.#fds[this.#file] as number,
      bytes: this.#record.subarray(0, length),
      position: this.#position,
    };
    const beganMs = this.#clock.monotonicMs();
    // A fast disk is done before a thread would have begun; a slow disk must not hold the event loop.
    if (this.#averageCommitMs < SLOW_COMMIT_MS) writeSyncedNow(write);
    else await writeSynced(write);
    this.#averageCommitMs += (this.#clock.monotonicMs() - beganMs - this.#averageCommitMs) / COMMITS_AVERAGED;
    this.#position += length;
    this.#lastNumbers[this.#file] = number;
    return true;
  }

  /** Whether `level` should be brought up to date now, so that the next change of files does not wait for it. */
  wantsApplying(applied: number): boolean {
    return applied < (this.#lastNumbers[1 - this.#file] as number) && this.#position > this.#bytesMax / 2;
  }

  /** Changes to the other file, when `level` has all that is in that file. */
  async #turn(applied: (number: number) => Promise<void>): Promise<void> {
    const next = 1 - this.#file;
    await applied(this.#lastNumbers[next] as number);
    this.#file = next;
    this.#position = 0;
  }

  /** Begins the other file, when the caller knows that `level` has everything. */
  restart(): void {
    this.#file = 1 - this.#file;
    this.#position = 0;
  }

  /** @throws the first error of closing the files, when both are closed */
  async close(): Promise<void> {
    await closeAll(this.#fds);
  }
}

/** Makes a file of zeros, if it is not there. After a crash the file is whole or not there. */
async function ensureFile(file: string, bytes: number): Promise<void> {
  try {
    await fsPromises.access(file);
  } catch (e) {
    // A file that is there and can't be looked at must not be overwritten.
    if (errorCode(e) !== 'ENOENT') throw e;
    const temporary = `${file}.new`;
    await fsPromises.writeFile(temporary, Buffer.alloc(bytes), { flush: true });
    await fsPromises.rename(temporary, file);
    await syncDirectory(path.dirname(file));
  }
}

async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await fsPromises.readFile(file);
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return Buffer.alloc(0);
    throw e;
  }
}

async function closeAll(fds: readonly number[]): Promise<void> {
  const closers = new Closers();
  for (const fd of fds) {
    closers.add(() => new Promise<void>((resolve, reject) => fs.close(fd, (e) => (e ? reject(e) : resolve()))));
  }
  await closers.close();
}

function openSynced(file: string): Promise<number> {
  const flags = DSYNC === undefined ? 'r+' : fs.constants.O_RDWR | DSYNC;
  return new Promise((resolve, reject) => fs.open(file, flags, 0o644, (e, fd) => (e ? reject(e) : resolve(fd))));
}

interface Write {
  readonly fd: number;
  readonly bytes: Buffer;
  readonly position: number;
}

/** Writes in a thread. Resolves when the bytes are on disk. */
function writeSynced({ fd, bytes, position }: Write): Promise<void> {
  return new Promise((resolve, reject) => {
    const write = (from: number): void => {
      fs.write(fd, bytes, from, bytes.length - from, position + from, (e, written) => {
        if (e) reject(e);
        else if (from + written < bytes.length) write(from + written);
        else if (DSYNC !== undefined) resolve();
        else fs.fdatasync(fd, (failed) => (failed ? reject(failed) : resolve()));
      });
    };
    write(0);
  });
}

/** Writes at once, holding the event loop until the bytes are on disk. */
function writeSyncedNow({ fd, bytes, position }: Write): void {
  for (let from = 0; from < bytes.length; ) {
    from += fs.writeSync(fd, bytes, from, bytes.length - from, position + from);
  }
  if (DSYNC === undefined) fs.fdatasyncSync(fd);
}
