/** The NameNode's store: the hard state on disk, as a database with a journal in front. */
import fs from 'node:fs/promises';
import type { RetryCacheLimits } from '../../protocol/rpc/retry-cache.ts';
import { Closers } from '../../runtime/closers.ts';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import { settled } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import type { Change } from '../command/change.ts';
import { type AnsweredCall, AnsweredCalls, CALLS_KEY, encodeAnsweredCall } from './answered-calls.ts';
import { EditJournal } from './edit-journal.ts';
import { type Batch, GroupCommit } from './group-commit.ts';
import { type Database, databasePath, type OpenDatabase, openLevel } from './level-database.ts';

const READ_ENTRIES = 1000;
const RETRY_MS = 1000;
/** How long changes that are in the journal wait, so that more changes go to `level` with them. */
const APPLY_DELAY_MS = 100;
/** This many keys go to `level` at once, because a larger batch would hold the event loop. */
const APPLY_KEYS = 1000;
/** The keys of the store's own begin with this, and so lie before all others. */
const HEAD_PREFIX = '!';
/** The key of the number of the last batch that `level` has. */
const APPLIED_KEY = '!applied';

/** The part of EditJournal that the store uses. */
export type Journal = Pick<EditJournal, 'append' | 'wantsApplying' | 'restart' | 'close'>;

export interface StoreOptions {
  readonly openDatabase?: OpenDatabase;
  readonly openJournal?: (directory: string) => Promise<Journal>;
  readonly retryCacheLimits?: RetryCacheLimits;
  readonly clock?: Clock;
}

/** Is told when the disk refuses writes, and when it takes writes again. */
export interface StoreListener {
  storeFailed(error: Error): void;
  storeRecovered(): void;
}

/**
 * Keeps the hard state on disk. A batch is atomic: after a crash the store has all of it or none. A batch is durable when
 * it is in the journal. `level` gets the changes that have gathered in the journal later, in a synced batch too.
 */
export class NamespaceStore {
  readonly #path: string;
  readonly #open: OpenDatabase;
  readonly #journal: Journal;
  readonly #clock: Clock;
  #db: Database;
  #listener: StoreListener | undefined;
  readonly #commits = new GroupCommit((batch) => this.#write(batch));
  /** The changes that `level` lacks, the last one of each key. The journal has all of them, unless the disk refused. */
  #unapplied = new Map<string, Change>();
  /** The calls that `level` lacks, and the keys of those that it has. */
  readonly #calls: AnsweredCalls;
  /** The calls that were answered before the store was opened. */
  #restored: readonly AnsweredCall[];
  /** The number of the last batch that was begun, and of the last batch that `level` has. */
  #number: number;
  #applied: number;
  #applying: Promise<void> | undefined;
  #applyTimer: NodeJS.Timeout | undefined;
  /** The sequence of the last command whose changes the disk refused. */
  #refusedSequence = 0;
  #failure: HadoopError | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;
  #closed = false;

  private constructor(parts: {
    path: string;
    open: OpenDatabase;
    db: Database;
    journal: Journal;
    clock: Clock;
    calls: AnsweredCalls;
    restored: readonly AnsweredCall[];
    applied: number;
  }) {
    this.#path = parts.path;
    this.#open = parts.open;
    this.#db = parts.db;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#calls = parts.calls;
    this.#restored = parts.restored;
    this.#number = parts.applied;
    this.#applied = parts.applied;
  }

  /**
   * Opens a store, or makes it, and brings `level` up to date with the journal.
   * @throws Error if another process has it open, or it can't be read
   */
  static async open(storePath: string, options: StoreOptions = {}): Promise<NamespaceStore> {
    const { openDatabase: open = openLevel, clock = systemClock } = options;
    const { openJournal = (directory) => EditJournal.open(directory, { clock }) } = options;
    await fs.mkdir(storePath, { recursive: true });
    const db = await open(databasePath(storePath));
    try {
      let applied = 0;
      const calls = new AnsweredCalls(options.retryCacheLimits);
      const restored: AnsweredCall[] = [];
      const nowMs = clock.monotonicMs();
      await readHead(db, (key, value) => {
        if (key === APPLIED_KEY) applied = Number(value);
        else for (const call of calls.load(key, value, nowMs)) restored.push(call);
      });
      const unapplied = new Map<string, Change>();
      for (const { number, changes } of await EditJournal.read(storePath, applied)) {
        for (const change of changes) {
          if (change.key !== CALLS_KEY) unapplied.set(change.key, change);
          else if (change.type === 'put') for (const call of calls.addAll(change.value)) restored.push(call);
        }
        applied = number;
      }
      for (const change of calls.takeChanges(nowMs)) unapplied.set(change.key, change);
      if (unapplied.size > 0) await db.batch([...unapplied.values(), appliedChange(applied)], { sync: true });
      const journal = await openJournal(storePath);
      return new NamespaceStore({ path: storePath, open, db, journal, clock, calls, restored, applied });
    } catch (e) {
      // The caller gets the first failure, whatever the closing adds to it.
      await settled(db.close());
      throw e;
    }
  }

  /** Whether the disk refused the last write. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  listen(listener: StoreListener): void {
    this.#listener = listener;
  }

  /** Gives all keys in order to `add`, as they were when the store was opened. */
  async load(add: (key: string, value: string) => void): Promise<void> {
    await this.#apply();
    for await (const entries of pagesOf(this.#db)) {
      for (const [key, value] of entries) if (!key.startsWith(HEAD_PREFIX)) add(key, value);
    }
  }

  /** Returns the calls that were answered before the store was opened; none at the second call. */
  takeRestoredCalls(): readonly AnsweredCall[] {
    const calls = this.#restored;
    this.#restored = [];
    return calls;
  }

  /**
   * Resolves when the changes and all changes before them are on disk. `sequence` only grows.
   * @param call the call that the changes answer, if it must not run twice
   * @throws IOException while the disk refuses writes, and after close()
   */
  commit(changes: readonly Change[], sequence: number, call?: AnsweredCall): Promise<void> {
    if (this.#closed) return Promise.reject(hadoopError('IOException', `The NameNode's store ${this.#path} is closed`));
    const text = call && encodeAnsweredCall(call);
    if (this.#failure !== undefined) {
      // The state has these changes already, so the disk must get them with the rest.
      this.#take(changes, text === undefined ? [] : [text]);
      this.#refusedSequence = Math.max(this.#refusedSequence, sequence);
      return Promise.reject(this.#failure);
    }
    return this.#commits.add(changes, sequence, text);
  }

  /** Takes changes and calls for the next transfer to `level`. */
  #take(changes: Iterable<Change>, calls: readonly string[]): void {
    for (const change of changes) this.#unapplied.set(change.key, change);
    this.#calls.add(calls);
  }

  /** Returns undefined if everything up to the sequence is on disk; else a promise that resolves when it is. */
  waitFor(sequence: number): Promise<void> | undefined {
    if (this.#failure !== undefined && sequence > this.#commits.durable) return Promise.reject(this.#failure);
    return this.#commits.waitFor(sequence);
  }

  /** Like waitFor(), for every change that was committed so far. */
  waitForAll(): Promise<void> | undefined {
    return this.#failure === undefined ? this.#commits.waitForAll() : Promise.reject(this.#failure);
  }

  /** Writes the changes that are left, and closes the files, which are closed even if the writing fails. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    await this.#retrying;
    const closers = new Closers();
    closers.add(() => this.#db.close());
    closers.add(() => this.#journal.close());
    closers.add(() => clearTimeout(this.#applyTimer));
    closers.add(async () => {
      await this.waitForAll();
      await this.#apply();
    });
    await closers.close();
  }

  /** @throws IOException if the disk refuses the batch; the store then accepts nothing more for now */
  async #write(batch: Batch): Promise<void> {
    this.#take(batch.changes.values(), batch.calls);
    const number = ++this.#number;
    try {
      const written = await this.#journal.append(number, changesWithCalls(batch), (upTo) => this.#applyUpTo(upTo));
      if (!written) {
        await this.#applyUpTo(number);
        this.#journal.restart();
      } else if (this.#unapplied.size >= APPLY_KEYS || this.#journal.wantsApplying(this.#applied)) {
        void this.#applyQuietly();
      } else this.#applySoon();
    } catch (e) {
      // The batch's calls were taken when its write began.
      this.#take(batch.changes.values(), []);
      this.#refusedSequence = batch.sequence;
      throw this.#fail(e);
    }
  }

  #applySoon(): void {
    this.#applyTimer ??= setTimeout(() => {
      this.#applyTimer = undefined;
      void this.#applyQuietly();
    }, APPLY_DELAY_MS);
  }

  async #applyUpTo(number: number): Promise<void> {
    while (this.#applied < number) await this.#apply();
  }

  /** Brings `level` up to date, after a write to it that is under way. */
  async #apply(): Promise<void> {
    // The caller that started this write receives its error.
    while (this.#applying) await settled(this.#applying);
    if (this.#unapplied.size === 0) return;
    this.#applying = this.#applyNow();
    try {
      await this.#applying;
    } finally {
      this.#applying = undefined;
    }
  }

  async #applyNow(): Promise<void> {
    const changes = this.#unapplied;
    const number = this.#number;
    this.#unapplied = new Map();
    for (const change of this.#calls.takeChanges(this.#clock.monotonicMs())) changes.set(change.key, change);
    try {
      await this.#db.batch([...changes.values(), appliedChange(number)], { sync: true });
      this.#applied = number;
    } catch (e) {
      // The changes that came meanwhile are newer.
      for (const [key, change] of this.#unapplied) changes.set(key, change);
      this.#unapplied = changes;
      throw e;
    }
  }

  async #applyQuietly(): Promise<void> {
    if (this.#failure !== undefined || this.#applying || this.#closed) return;
    try {
      await this.#apply();
      if (this.#unapplied.size > 0) this.#applySoon();
    } catch (e) {
      this.#fail(e);
    }
  }

  /** Makes the store refuse commits until `level` has taken all changes that there are. */
  #fail(cause: unknown): HadoopError {
    const message = `The NameNode's store ${this.#path} can't be written: ${messageOf(cause)}`;
    const failure = hadoopError('IOException', message, cause);
    const isFirst = this.#failure === undefined;
    this.#failure = failure;
    const refused = this.#commits.refuseNext(failure);
    if (refused !== undefined) {
      this.#take(refused.changes.values(), refused.calls);
      this.#refusedSequence = refused.sequence;
    }
    if (isFirst) {
      this.#listener?.storeFailed(failure);
      this.#retryLater();
    }
    return failure;
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retryTimer = setTimeout(() => {
      this.#retrying = this.#retry();
    }, RETRY_MS);
  }

  /** Opens `level` again, because LevelDB takes no writes after a write that failed, and gives it all changes. */
  async #retry(): Promise<void> {
    try {
      await this.#commits.idle();
      await settled(this.#applying);
      await this.#db.close();
      this.#db = await this.#open(databasePath(this.#path));
      while (this.#unapplied.size > 0) {
        const sequence = this.#refusedSequence;
        await this.#apply();
        this.#commits.caughtUp(sequence);
      }
      this.#journal.restart();
      this.#failure = undefined;
      this.#listener?.storeRecovered();
    } catch (e) {
      this.#failure = HadoopError.from(e);
      this.#retryLater();
    }
  }
}

/** Returns the changes that the journal gets for a batch: its calls are one of them. */
function changesWithCalls(batch: Batch): Iterable<Change> {
  if (batch.calls.length === 0) return batch.changes.values();
  return [...batch.changes.values(), { type: 'put', key: CALLS_KEY, value: batch.calls.join('') }];
}

const appliedChange = (number: number): Change => ({ type: 'put', key: APPLIED_KEY, value: String(number) });

/** Reads the store's own keys. */
async function readHead(db: Database, add: (key: string, value: string) => void): Promise<void> {
  for await (const entries of pagesOf(db)) {
    for (const [key, value] of entries) {
      if (!key.startsWith(HEAD_PREFIX)) return;
      add(key, value);
    }
  }
}

/** Yields all entries in the order of their keys, many at a time. */
async function* pagesOf(db: Database): AsyncGenerator<[string, string][]> {
  const iterator = db.iterator();
  try {
    for (;;) {
      const entries = await iterator.nextv(READ_ENTRIES);
      if (entries.length === 0) return;
      yield entries;
    }
  } finally {
    await iterator.close();
  }
}
