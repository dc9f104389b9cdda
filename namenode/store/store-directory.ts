/** One directory of the store while a NameNode runs: its `level` and its journal. */
import { Closers } from '../../runtime/closers.ts';
import { settled } from '../../runtime/promises.ts';
import type { Change } from '../command/change.ts';
import type { AppliedEdits, EditJournal, FreeFile } from './journal/edit-journal.ts';
import { type Database, databasePath, type OpenDatabase } from './level/level-database.ts';
import { headChange, type StoreHead } from './store-head.ts';

/** The part of EditJournal that the store uses. */
export type Journal = Pick<EditJournal, 'append' | 'wantsApplying' | 'restart' | 'close' | 'run'>;

/** The part of the head that is the same in every directory. */
export type CommonHead = Omit<StoreHead, 'run'>;

/** Writes batches to the journal of a directory, and later to its `level`. */
export class StoreDirectory {
  readonly path: string;
  readonly #open: OpenDatabase;
  readonly #journal: Journal;
  #db: Database;
  #applied: AppliedEdits;
  /** The number of the last batch that is on this disk, in the journal or in `level`. */
  #syncedNumber: number;
  /** The last write to the journal. */
  #appending: Promise<unknown> | undefined;

  /** @param applied what `level` has, by its head; `number` is the last batch that the journal or `level` has */
  constructor(parts: {
    path: string;
    open: OpenDatabase;
    db: Database;
    journal: Journal;
    applied: AppliedEdits;
    number: number;
  }) {
    this.path = parts.path;
    this.#open = parts.open;
    this.#db = parts.db;
    this.#journal = parts.journal;
    this.#applied = parts.applied;
    this.#syncedNumber = parts.number;
  }

  get db(): Database {
    return this.#db;
  }

  get syncedNumber(): number {
    return this.#syncedNumber;
  }

  get applied(): AppliedEdits {
    return this.#applied;
  }

  /** Whether `level` has all batches up to `number`, and its head names no run of the journal file `file`. */
  isFree(number: number, file: number): boolean {
    return this.#applied.number >= number && this.#applied.witness?.file !== file;
  }

  get wantsApplying(): boolean {
    return this.#journal.wantsApplying(this.#applied);
  }

  /** Does as EditJournal.append() does. */
  async append(number: number, changes: readonly Change[], free: FreeFile): Promise<boolean> {
    const appending = this.#journal.append(number, changes, free);
    this.#appending = appending;
    const isDone = await appending;
    if (isDone) this.#syncedNumber = number;
    return isDone;
  }

  /** Brings `level` up to a batch, in one synced batch. @param changes their values have their checksums */
  async apply(changes: readonly Change[], head: CommonHead): Promise<void> {
    const { run } = this.#journal;
    await this.#db.batch([...changes, headChange({ ...head, run })], { sync: true });
    this.#applied = { number: head.number, witness: run };
    this.#syncedNumber = Math.max(this.#syncedNumber, head.number);
  }

  /** Opens `level` again, because LevelDB takes no writes after a write that failed. */
  async reopen(): Promise<void> {
    await this.#db.close();
    this.#db = await this.#open(databasePath(this.path));
  }

  /** Begins the journal anew, when `level` has everything. */
  restartJournal(): void {
    this.#journal.restart();
  }

  /** Closes a directory that has failed, when no write uses its files any more. What fails on the way is not news. */
  async abandon(): Promise<void> {
    await settled(this.#appending);
    await settled(this.close());
  }

  /** Closes both. @throws the first error, when both are closed */
  async close(): Promise<void> {
    const closers = new Closers();
    closers.add(() => this.#db.close());
    closers.add(() => this.#journal.close());
    await closers.close();
  }
}
