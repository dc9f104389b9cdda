/** The NameNode's store: the hard state on disk, as a database with a journal in front. */
import { Closers } from '../../runtime/closers.ts';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import { nothing, settled } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import type { Change } from '../command/change.ts';
import { numberOfStart } from './alone-marker.ts';
import { type AnsweredCall, CALLS_KEY, encodeAnsweredCall } from './answered-calls.ts';
import { isNoSpace } from './disk-errors.ts';
import { type Batch, GroupCommit } from './group-commit.ts';
import { openLevel } from './level/level-database.ts';
import { LevelTransfer } from './level-transfer.ts';
import type { CopySource } from './make-store.ts';
import { type DirectoryStatuses, StoreDirectories, type TransferUntil } from './store-directories.ts';
import type { StoreDirectory } from './store-directory.ts';
import { EPOCH_KEY, isOwnKey } from './store-head.ts';
import { type LoadedStore, type LoadOptions, loadOrClose, type OpenOptions, openDirectory } from './store-opening.ts';
import { type FoundStore, findStore, scanKeys } from './store-reading.ts';

const RETRY_MS = 1000;
/** The time that changes in the journal wait, so that more changes go to `level` with them. */
const APPLY_DELAY_MS = 100;
/** This many keys go to `level` at once, because a larger batch would hold the event loop. */
const APPLY_KEYS = 1000;

export interface StoreOptions extends LoadOptions, OpenOptions {
  /** Is told of a directory that is left out because a write to it failed, while others go on. */
  readonly onDirectoryFailed?: (path: string, error: Error) => void;
}

/** The directories beside the one that was loaded. */
export interface MoreDirectories {
  /** Those that have the same content. */
  readonly twins?: readonly FoundStore[];
  /** Fills others with the content of a store that has no changes outside `level`. */
  readonly fill?: (source: CopySource) => Promise<{ filled: FoundStore[]; failed: ReadonlyMap<string, string> }>;
}

/** Is told when the disk refuses writes, and when it takes writes again. */
export interface StoreListener {
  storeFailed(error: Error): void;
  storeRecovered(): void;
  /**
   * The disk failed in a way after which it is not known what it holds: the store accepts nothing more, and the NameNode
   * must end. After an fsync that failed, the system may have dropped the bytes, and the next fsync says that all is well.
   */
  storeLost?(error: Error): void;
}

/**
 * Keeps the hard state on disk. A batch is atomic: after a crash the store has all of it or none. A batch is durable when
 * it is in the journal. `level` gets the changes that have gathered in the journal later, in a synced batch too.
 */
export class NamespaceStore {
  readonly #directories: StoreDirectories;
  /** The marking of the directories, which close() waits for. */
  #marking: Promise<void> | undefined;
  readonly #transfer: LevelTransfer;
  /** The number of this start; see store-head.ts. */
  readonly epoch: number;
  #listener: StoreListener | undefined;
  readonly #commits = new GroupCommit((batch) => this.#write(batch));
  /** The calls that were answered before the store was opened. */
  #restored: readonly AnsweredCall[];
  #applyTimer: NodeJS.Timeout | undefined;
  /** The sequence of the last command whose changes the disk refused. */
  #refusedSequence = 0;
  #failure: HadoopError | undefined;
  /** Whether the failure is for good. */
  #isLost = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;
  #closed = false;

  private constructor(loaded: LoadedStore, epoch: number, directories: StoreDirectories, clock: Clock) {
    const { found, digest, calls, restored } = loaded;
    this.#directories = directories;
    this.#restored = restored;
    this.epoch = epoch;
    const { unapplied: waiting, number } = found;
    this.#transfer = new LevelTransfer({ directories, digest, calls, waiting, number, clock });
  }

  /**
   * Opens the store of one directory, reads and checks all of it, and starts it. makeStore() makes a new one.
   * @param add is given every key of the namespace, as the last batch left it
   * @throws Error if another process has it open, it can't be read, or it is damaged
   */
  static async open(
    storePath: string,
    options: StoreOptions = {},
    add: (key: string, value: string) => void = nothing,
  ): Promise<NamespaceStore> {
    const found = await findStore(storePath, options.openDatabase ?? openLevel);
    return NamespaceStore.start(await loadOrClose(found, add, options), options);
  }

  /**
   * Brings a store that was loaded up to date with its journal, and begins a new epoch.
   * @param more other directories of the same store
   * @throws Error if it can't be written; everything is closed then
   */
  static async start(
    loaded: LoadedStore,
    options: StoreOptions = {},
    more: MoreDirectories = {},
  ): Promise<NamespaceStore> {
    const { clock = systemClock, onDirectoryFailed } = options;
    const { twins = [], fill } = more;
    const all = [loaded.found, ...twins];
    const closers = new Closers();
    for (const { db } of all) closers.add(() => db.close());
    try {
      const epoch = await numberOfStart(all);
      const opened: StoreDirectory[] = [];
      const open = async (found: FoundStore): Promise<StoreDirectory> => {
        const directory = await openDirectory(found, options);
        closers.add(() => directory.close());
        return directory;
      };
      for (const found of all) opened.push(await open(found));
      const directories = new StoreDirectories(opened, epoch, onDirectoryFailed);
      const store = new NamespaceStore(loaded, epoch, directories, clock);
      closers.add(() => store.#endTimers());
      // The journal is written over only when `level` has all of it.
      await store.#transfer.finish();
      const filled = await fill?.({ db: directories.db, number: loaded.found.number, epoch: loaded.found.epoch });
      for (const found of filled?.filled ?? []) directories.add(await open(found));
      for (const [path, reason] of filled?.failed ?? []) directories.addFailed(path, reason);
      await directories.markAlone();
      // The new epoch is durable before the store accepts anything.
      await store.#commits.add([{ type: 'put', key: EPOCH_KEY, value: String(epoch) }], 0, undefined);
      return store;
    } catch (e) {
      // The caller gets the first failure, whatever the closing adds to it.
      await settled(closers.close());
      throw e;
    }
  }

  #endTimers(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#applyTimer);
  }

  /** Returns whether the directory that was loaded was copied to its place since a NameNode ran on it. */
  isCopy(): Promise<boolean> {
    return this.#directories.isCopy();
  }

  /** Marks the directories as those on which the NameNode runs, when all changes so far are on disk. */
  markPlaces(): Promise<void> {
    const marking = (async () => {
      await this.waitForAll();
      await this.#directories.markPlaces();
    })();
    this.#marking = settled(marking);
    return marking;
  }

  /** Which directories take part, and why others do not. */
  get directories(): DirectoryStatuses {
    return this.#directories.statuses;
  }

  /** The number of the last batch that is on a disk. It only grows, over restarts too. */
  get lastSynced(): number {
    return this.#directories.lastSynced;
  }

  /** Whether the disk refused the last write. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Tells the listener of every failure from now on, and of one that lasts since before: the start itself writes. */
  listen(listener: StoreListener): void {
    this.#listener = listener;
    if (this.#failure === undefined) return;
    if (this.#isLost) listener.storeLost?.(this.#failure);
    else listener.storeFailed(this.#failure);
  }

  /** Gives all keys of the namespace in order to `add`, as they are now. */
  async load(add: (key: string, value: string) => void): Promise<void> {
    await this.#transfer.run();
    await scanKeys(this.#directories.db, (key, text) => {
      if (!isOwnKey(key)) add(key, text);
    });
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
    if (this.#closed) return Promise.reject(this.#ioException('is closed'));
    const text = call && encodeAnsweredCall(call);
    if (this.#failure !== undefined) {
      // The state has these changes already, so the disk must get them with the rest.
      this.#transfer.take(changes, text === undefined ? [] : [text]);
      this.#refusedSequence = Math.max(this.#refusedSequence, sequence);
      return Promise.reject(this.#failure);
    }
    return this.#commits.add(changes, sequence, text);
  }

  #ioException(what: string, cause?: unknown): HadoopError {
    return hadoopError('IOException', `The NameNode's store ${this.#directories.path} ${what}`, cause);
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

  /**
   * Writes the changes that are left, and closes the files, which are closed even if the writing fails. A store that is
   * lost writes nothing more.
   */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    await this.#retrying;
    const closers = new Closers();
    closers.add(() => this.#directories.close());
    closers.add(() => this.#marking);
    closers.add(() => clearTimeout(this.#applyTimer));
    closers.add(async () => {
      if (this.#isLost) return;
      await this.waitForAll();
      await this.#transfer.run();
    });
    await closers.close();
  }

  /** @throws IOException if the disk refuses the batch; the store then accepts nothing more for now */
  async #write(batch: Batch): Promise<void> {
    const number = this.#transfer.begin(batch.changes.values(), batch.calls);
    const directories = this.#directories;
    try {
      const until: TransferUntil = (isDone) => this.#transfer.until(isDone);
      if (!(await directories.append(number, changesWithCalls(batch), until))) {
        await until(() => directories.haveApplied(number));
        directories.restartJournals();
      } else if (this.#transfer.size >= APPLY_KEYS || directories.wantsApplying) {
        void this.#applyQuietly();
      } else this.#applySoon();
    } catch (e) {
      // The batch's calls were taken when its write began.
      this.#transfer.take(batch.changes.values(), []);
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

  async #applyQuietly(): Promise<void> {
    if (this.#failure !== undefined || this.#transfer.isRunning || this.#closed) return;
    try {
      await this.#transfer.run();
      if (this.#transfer.size > 0) this.#applySoon();
    } catch (e) {
      this.#fail(e);
    }
  }

  /** Makes the store refuse commits: until `level` has taken all changes that there are, or for good. */
  #fail(cause: unknown): HadoopError {
    const failure = this.#ioException(`can't be written: ${messageOf(cause)}`, cause);
    const isFirst = this.#failure === undefined;
    this.#failure = failure;
    const refused = this.#commits.refuseNext(failure);
    if (refused !== undefined) {
      this.#transfer.take(refused.changes.values(), refused.calls);
      this.#refusedSequence = refused.sequence;
    }
    if (!isNoSpace(cause)) this.#lose(failure);
    else if (isFirst) {
      this.#listener?.storeFailed(failure);
      this.#retryLater();
    }
    return failure;
  }

  #lose(failure: HadoopError): void {
    if (this.#isLost) return;
    this.#isLost = true;
    clearTimeout(this.#retryTimer);
    this.#listener?.storeLost?.(failure);
  }

  #retryLater(): void {
    if (this.#closed || this.#isLost) return;
    this.#retryTimer = setTimeout(() => {
      this.#retrying = this.#retry();
    }, RETRY_MS);
  }

  /** Gives `level` all changes, and begins the journal anew. */
  async #retry(): Promise<void> {
    try {
      await this.#commits.idle();
      await this.#transfer.idle();
      await this.#directories.reopen();
      while (this.#transfer.size > 0) {
        const sequence = this.#refusedSequence;
        await this.#transfer.run();
        this.#commits.caughtUp(sequence);
      }
      this.#directories.restartJournals();
      this.#failure = undefined;
      this.#listener?.storeRecovered();
    } catch (e) {
      this.#failure = HadoopError.from(e);
      if (isNoSpace(e)) this.#retryLater();
      else this.#lose(this.#failure);
    }
  }
}

/** Returns the changes that the journal gets for a batch: its calls are one of them. */
function changesWithCalls(batch: Batch): Change[] {
  if (batch.calls.length === 0) return [...batch.changes.values()];
  return [...batch.changes.values(), { type: 'put', key: CALLS_KEY, value: batch.calls.join('') }];
}
