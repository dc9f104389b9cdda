/** Group commit: one write to disk serves all commits that wait. */
import { awaitedLater, type Deferred, deferred, settled } from '../../runtime/promises.ts';
import type { Change } from '../command/change.ts';

/** A batch with this many keys is written without waiting for more. */
const GATHER_KEYS_MAX = 250;

/** The changes that are written together. */
export interface Batch {
  /** The last change of each key. */
  readonly changes: ReadonlyMap<string, Change>;
  /** The calls that the changes answer, encoded. */
  readonly calls: readonly string[];
  /** The sequence of its last command. */
  readonly sequence: number;
}

interface OpenBatch extends Batch {
  readonly changes: Map<string, Change>;
  readonly calls: string[];
  sequence: number;
  readonly done: Deferred<void>;
}

/**
 * Collects the commits that come while a batch is being written into the next batch, so that one write serves all clients
 * that wait (Hadoop: FSEditLog.logSync). Batches are written one after the other.
 */
export class GroupCommit {
  readonly #write: (batch: Batch) => Promise<void>;
  #durable = 0;
  #next: OpenBatch | undefined;
  #writing: OpenBatch | undefined;
  #gathering = false;

  /** @param write resolves when the batch is on disk; the commits of the batch get its rejection */
  constructor(write: (batch: Batch) => Promise<void>) {
    this.#write = write;
  }

  /** The sequence of the last command that is on disk. */
  get durable(): number {
    return this.#durable;
  }

  /** Resolves when the changes and all changes before them are on disk. `sequence` only grows. */
  add(changes: readonly Change[], sequence: number, call: string | undefined): Promise<void> {
    this.#next ??= openBatch();
    const batch = this.#next;
    for (const change of changes) batch.changes.set(change.key, change);
    if (call !== undefined) batch.calls.push(call);
    batch.sequence = sequence;
    this.#gather();
    return batch.done.promise;
  }

  /** Returns undefined if everything up to the sequence is on disk; else a promise that resolves when it is. */
  waitFor(sequence: number): Promise<void> | undefined {
    if (sequence <= this.#durable) return undefined;
    if (this.#writing !== undefined && sequence <= this.#writing.sequence) return this.#writing.done.promise;
    return this.#next?.done.promise;
  }

  /** Like waitFor(), for every change that was added so far. */
  waitForAll(): Promise<void> | undefined {
    return (this.#next ?? this.#writing)?.done.promise;
  }

  /** Resolves when no batch is being written, whether the write succeeded or not. */
  async idle(): Promise<void> {
    await settled(this.#writing?.done.promise);
  }

  /** Gives up the batch that was not begun, and returns it: its commits get the error. */
  refuseNext(error: Error): Batch | undefined {
    const batch = this.#next;
    this.#next = undefined;
    batch?.done.reject(error);
    return batch;
  }

  /** Notes that all commands up to the sequence are on disk now, those of refused batches too. */
  caughtUp(sequence: number): void {
    this.#durable = Math.max(this.#durable, sequence);
  }

  /** Lets the next batch grow as long as each turn of the event loop brings more commits, then writes it. */
  #gather(): void {
    if (this.#gathering || this.#writing !== undefined || this.#next === undefined) return;
    this.#gathering = true;
    let { sequence } = this.#next;
    const look = (): void => {
      const batch = this.#next;
      if (batch !== undefined && batch.sequence > sequence && batch.changes.size < GATHER_KEYS_MAX) {
        sequence = batch.sequence;
        setImmediate(look);
        return;
      }
      this.#gathering = false;
      void this.#writeNext();
    };
    setImmediate(look);
  }

  async #writeNext(): Promise<void> {
    const batch = this.#next;
    if (batch === undefined) return;
    this.#next = undefined;
    this.#writing = batch;
    try {
      await this.#write(batch);
      this.#durable = batch.sequence;
      batch.done.resolve();
    } catch (e) {
      batch.done.reject(e);
    } finally {
      this.#writing = undefined;
    }
    this.#gather();
  }
}

function openBatch(): OpenBatch {
  const done = deferred();
  // The commits of the batch get its rejection; a batch whose commits nobody awaits must not end the process.
  awaitedLater(done.promise);
  return { changes: new Map(), calls: [], sequence: 0, done };
}
