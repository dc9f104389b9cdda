import { Level } from 'level';
import { HadoopError, hadoopError } from '../protocol/errors.ts';
import type { Change } from './edits.ts';

const READ_ENTRIES = 1000;
const RETRY_MS = 1000;

interface Batch {
  /** The last change of each key. */
  readonly changes: Map<string, Change>;
  sequence: number;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** The part of `level` that is used. */
export interface Database {
  iterator(): { nextv(count: number): Promise<[string, string][]>; close(): Promise<void> };
  batch(changes: Change[], options: { sync: boolean }): Promise<void>;
  close(): Promise<void>;
}
export type OpenDatabase = (path: string) => Promise<Database>;

/** Tells the NameNode that the disk refuses writes, and that it takes them again. */
export interface StoreListener {
  storeFailed(error: Error): void;
  storeRecovered(): void;
}

/**
 * The hard state on disk. Commands that come while a batch is being synced share the next one (group commit), so that
 * a sync serves all clients that wait. A batch is atomic: after a crash the store has all of it or none.
 */
export class NamespaceStore {
  readonly #path: string;
  readonly #open: OpenDatabase;
  #db: Database;
  #listener: StoreListener | undefined;
  /** Sequence of the last command that is on disk. */
  #durable = 0;
  #next: Batch | undefined;
  #syncing: Batch | undefined;
  /** Changes that the disk refused and still has to take. */
  #refused: Map<string, Change> | undefined;
  #refusedSequence = 0;
  #failure: HadoopError | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(path: string, open: OpenDatabase, db: Database) {
    this.#path = path;
    this.#open = open;
    this.#db = db;
  }

  /** @throws Error when another process has it open, or it can't be read */
  static async open(path: string, open: OpenDatabase = openLevel): Promise<NamespaceStore> {
    return new NamespaceStore(path, open, await open(path));
  }

  /** Whether the disk refused the last write. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  listen(listener: StoreListener): void {
    this.#listener = listener;
  }

  /** All keys in order. */
  async load(add: (key: string, value: string) => void): Promise<void> {
    const iterator = this.#db.iterator();
    try {
      for (let entries = await iterator.nextv(READ_ENTRIES); entries.length > 0; ) {
        for (const [key, value] of entries) add(key, value);
        entries = await iterator.nextv(READ_ENTRIES);
      }
    } finally {
      await iterator.close();
    }
  }

  /** Resolves when the changes are on disk, and with them all that were given before. `sequence` only grows. */
  commit(changes: readonly Change[], sequence: number): Promise<void> {
    if (this.#failure !== undefined) {
      // The state has them already, so the disk must get them with the rest.
      for (const change of changes) this.#refused?.set(change.key, change);
      this.#refusedSequence = Math.max(this.#refusedSequence, sequence);
      return Promise.reject(this.#failure);
    }
    let batch = this.#next;
    if (batch === undefined) {
      batch = newBatch();
      this.#next = batch;
      // What other sockets have brought by now comes along.
      if (this.#syncing === undefined) setImmediate(() => void this.#sync());
    }
    for (const change of changes) batch.changes.set(change.key, change);
    batch.sequence = sequence;
    return batch.done;
  }

  /** Undefined when everything up to the sequence is on disk; else resolves when it is. */
  waitFor(sequence: number): Promise<void> | undefined {
    if (sequence <= this.#durable) return undefined;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#syncing !== undefined && sequence <= this.#syncing.sequence) return this.#syncing.done;
    return this.#next?.done;
  }

  /** Like waitFor, for everything given so far. */
  waitForAll(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return (this.#next ?? this.#syncing)?.done;
  }

  /** Writes what is left and closes the files. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    try {
      await this.waitForAll();
    } finally {
      await this.#db.close();
    }
  }

  async #sync(): Promise<void> {
    const batch = this.#next;
    if (batch === undefined) return;
    this.#next = undefined;
    this.#syncing = batch;
    try {
      await this.#write(batch.changes);
    } catch (e) {
      this.#syncing = undefined;
      this.#fail(batch, e);
      return;
    }
    this.#durable = batch.sequence;
    this.#syncing = undefined;
    // The disk goes on while the answers go out.
    void this.#sync();
    batch.resolve();
  }

  async #write(changes: ReadonlyMap<string, Change>): Promise<void> {
    await this.#db.batch([...changes.values()], { sync: true });
  }

  #fail(batch: Batch, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const failure = hadoopError('IOException', `The NameNode's store ${this.#path} can't be written: ${reason}`, cause);
    this.#failure = failure;
    this.#refused = new Map(batch.changes);
    this.#refusedSequence = batch.sequence;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) {
      for (const [key, change] of next.changes) this.#refused.set(key, change);
      this.#refusedSequence = next.sequence;
      next.reject(failure);
    }
    batch.reject(failure);
    this.#listener?.storeFailed(failure);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retryTimer = setTimeout(() => void this.#retry(), RETRY_MS);
  }

  /** LevelDB takes no writes after one that failed until it is opened again. */
  async #retry(): Promise<void> {
    try {
      await this.#db.close();
      this.#db = await this.#open(this.#path);
      const changes = this.#refused ?? new Map<string, Change>();
      const sequence = this.#refusedSequence;
      this.#refused = new Map();
      try {
        await this.#write(changes);
      } catch (e) {
        for (const [key, change] of this.#refused) changes.set(key, change);
        this.#refused = changes;
        throw e;
      }
      if (this.#refused.size > 0) {
        this.#retryLater();
        return;
      }
      this.#durable = sequence;
      this.#failure = undefined;
      this.#refused = undefined;
      this.#listener?.storeRecovered();
    } catch (e) {
      this.#failure = HadoopError.from(e);
      this.#retryLater();
    }
  }
}

const ignore = (): void => undefined;

function newBatch(): Batch {
  let resolve: Batch['resolve'] = ignore;
  let reject: Batch['reject'] = ignore;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Those who wait get the rejection; a batch that nobody waits for must not end the process.
  done.catch(ignore);
  return { changes: new Map(), sequence: 0, done, resolve, reject };
}

async function openLevel(path: string): Promise<Database> {
  const db = new Level<string, string>(path, { valueEncoding: 'utf8', cacheSize: 1 << 20, writeBufferSize: 16 << 20 });
  try {
    await db.open();
  } catch (e) {
    const cause = e instanceof Error ? e.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
      throw new Error(`${path} is in use by another NameNode: stop that one first`, { cause: e });
    }
    const reason = cause instanceof Error ? cause.message : String(e);
    throw new Error(`${path} can't be opened: ${reason}`, { cause: e });
  }
  return {
    iterator: () => db.iterator(),
    close: () => db.close(),
    // The same as db.batch(changes, options) at a quarter of its cost, which is what creates a second hang on.
    batch: (changes, options) => {
      const batch = db.batch();
      for (const change of changes) {
        if (change.type === 'put') batch.put(change.key, change.value);
        else batch.del(change.key);
      }
      return batch.write(options);
    },
  };
}
