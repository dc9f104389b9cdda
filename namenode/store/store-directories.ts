/** All directories of the store while a NameNode runs: each write goes to all of them, and one that fails is left out. */
import { Closers } from '../../runtime/closers.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Change } from '../command/change.ts';
import { type AloneMark, writeAloneMark } from './alone-marker.ts';
import { isNoSpace } from './disk-errors.ts';
import type { Database } from './level/level-database.ts';
import { readPlaceMark, writePlaceMark } from './place-mark.ts';
import type { CommonHead, StoreDirectory } from './store-directory.ts';

/** A directory that takes no part. */
export interface FailedDirectory {
  readonly reason: string;
  /** The number of the last batch that it has; undefined if no start has read the directory. */
  readonly syncedNumber?: number;
}

/** Which directories take part, and why others do not. */
export interface DirectoryStatuses {
  readonly active: readonly string[];
  /** The number of the last batch that is on the disk of each active directory, by the path. */
  readonly syncedNumbers: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, FailedDirectory>;
}

/** Waits for transfers to `level` until the condition holds. */
export type TransferUntil = (isDone: () => boolean) => Promise<void>;

/** Writes to all directories. A write is done when every directory that is left has it. */
export class StoreDirectories {
  #active: readonly StoreDirectory[];
  readonly #failed = new Map<string, FailedDirectory>();
  /** The closing of directories that were left out. */
  readonly #abandoned: Promise<void>[] = [];
  /** The number of this start. */
  readonly #epoch: number;
  /** The mark by which a directory knows that others were left out, until every directory that is left has it. */
  #unwritten: AloneMark | undefined;
  readonly #onFailed: ((path: string, error: Error) => void) | undefined;

  /** @param onFailed is told of each directory that is left out */
  constructor(active: readonly StoreDirectory[], epoch: number, onFailed?: (path: string, error: Error) => void) {
    this.#active = active;
    this.#epoch = epoch;
    this.#onFailed = onFailed;
  }

  /** Returns the number of the last batch that is on a disk. It only grows, over restarts too. */
  get lastSynced(): number {
    return Math.max(0, ...this.#active.map(({ syncedNumber }) => syncedNumber));
  }

  get statuses(): DirectoryStatuses {
    const syncedNumbers = new Map(this.#active.map(({ path, syncedNumber }) => [path, syncedNumber]));
    return { active: [...syncedNumbers.keys()], syncedNumbers, failed: this.#failed };
  }

  /** The database to read: all have the same content. */
  get db(): Database {
    return this.#first.db;
  }

  get #first(): StoreDirectory {
    return this.#active[0] as StoreDirectory;
  }

  get path(): string {
    return this.#active.map((directory) => directory.path).join(', ');
  }

  /** Adds a directory that was just filled. */
  add(directory: StoreDirectory): void {
    this.#active = [...this.#active, directory];
  }

  /** Notes a directory that takes no part from the start on. */
  addFailed(path: string, reason: string): void {
    this.#failed.set(path, { reason });
    this.#noteAlone();
  }

  /** Lets every directory that is left know of those that were left out, durably. @throws the failure of the disk */
  async markAlone(): Promise<void> {
    while (this.#unwritten !== undefined) {
      const mark = this.#unwritten;
      await Promise.all(this.#active.map(({ path }) => writeAloneMark(path, mark)));
      if (this.#unwritten === mark) this.#unwritten = undefined;
    }
  }

  /** Returns whether the directory that serves was copied to its place since a NameNode ran on it. */
  async isCopy(): Promise<boolean> {
    return (await readPlaceMark(this.#first.path)) === 'elsewhere';
  }

  /** Marks every directory as the one on which the NameNode runs. */
  async markPlaces(): Promise<void> {
    await this.#each(({ path }) => writePlaceMark(path));
  }

  /** Whether every `level` has all batches up to `number`. */
  haveApplied(number: number): boolean {
    return this.#active.every(({ applied }) => applied.number >= number);
  }

  get wantsApplying(): boolean {
    return this.#active.some((directory) => directory.wantsApplying);
  }

  /**
   * Writes a batch to every journal.
   * @returns false if the batch is too large for one of them, so that `level` must take it
   */
  async append(number: number, changes: readonly Change[], until: TransferUntil): Promise<boolean> {
    const written = await this.#each((directory) =>
      directory.append(number, changes, async (upTo, file) => {
        await until(() => !this.#active.includes(directory) || directory.isFree(upTo, file));
        // A directory that was left out meanwhile is not written any more.
        if (!this.#active.includes(directory)) throw new Error(this.#failed.get(directory.path)?.reason);
      }),
    );
    // What is acknowledged from now on, the directories that were left out lack.
    if (this.#unwritten !== undefined) await this.markAlone();
    return !written.includes(false);
  }

  /** Brings every `level` up to a batch. @param changes their values have their checksums */
  async apply(changes: readonly Change[], head: CommonHead): Promise<void> {
    await this.#each((directory) => directory.apply(changes, head));
  }

  /** Opens every `level` again. */
  async reopen(): Promise<void> {
    await this.#each((directory) => directory.reopen());
  }

  /** Begins every journal anew, when `level` has everything. */
  restartJournals(): void {
    for (const directory of this.#active) directory.restartJournal();
  }

  /** Closes all. @throws the first error, when all are closed */
  async close(): Promise<void> {
    const closers = new Closers();
    for (const abandoned of this.#abandoned) closers.add(() => abandoned);
    for (const directory of this.#active) closers.add(() => directory.close());
    await closers.close();
  }

  /**
   * Does something with every directory. Those where it fails are left out, as long as it was done in another one
   * (Hadoop: NNStorage.reportErrorsOnDirectory). If it was done in none, those without room stay, or else all.
   * @throws the failure, if it was done in no directory
   */
  async #each<T>(action: (directory: StoreDirectory) => Promise<T>): Promise<T[]> {
    const tried = this.#active;
    const results = await Promise.allSettled(tried.map(action));
    const done: T[] = [];
    const failures: { directory: StoreDirectory; error: unknown }[] = [];
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') done.push(result.value);
      else failures.push({ directory: tried[i] as StoreDirectory, error: result.reason });
    }
    if (failures.length === 0) return done;
    const full = failures.filter(({ error }) => isNoSpace(error));
    const stay = done.length > 0 ? [] : full.length > 0 ? full : failures;
    for (const failure of failures) if (!stay.includes(failure)) this.#leaveOut(failure.directory, failure.error);
    if (done.length > 0) return done;
    throw stay[0]?.error;
  }

  #noteAlone(): void {
    this.#unwritten = { epoch: this.#epoch, count: this.#failed.size };
  }

  #leaveOut(directory: StoreDirectory, error: unknown): void {
    if (!this.#active.includes(directory)) return;
    this.#active = this.#active.filter((other) => other !== directory);
    const { path, syncedNumber } = directory;
    this.#failed.set(path, { reason: messageOf(error), syncedNumber });
    this.#onFailed?.(path, error instanceof Error ? error : new Error(messageOf(error)));
    this.#abandoned.push(directory.abandon());
    this.#noteAlone();
  }
}
