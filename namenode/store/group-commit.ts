import type { Change } from '../command/change.ts';

/** A batch with so many keys waits for no more. */
const GATHER_KEYS_MAX = 250;

/** What is written together. */
export interface Batch {
  /** The last change of each key. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Encoded: the calls that its changes answer. */
  readonly calls: readonly string[];
  /** Of its last command. */
  readonly sequence: number;
}

interface OpenBatch extends Batch {
  readonly changes: Map<string, Change>;
  readonly calls: string[];
  sequence: number;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Commits that come while a batch is being written share the next one, so that a write serves all clients that wait
 * (Hadoop: FSEditLog.logSync). Batches are written one after the other.
 */
export class GroupCommit {
  readonly #write: (batch: Batch) => Promise<void>;
  #durable = 0;
  #next: OpenBatch | undefined;
  #writing: OpenBatch | undefined;
  #gathering = false;

  /** @param write resolves when the batch is on disk; what it rejects with is told to those who wait */
  constructor(write: (batch: Batch) => Promise<void>) {
    this.#write = write;
  }

  /** Sequence of the last command that is on disk. */
  get durable(): number {
    return this.#durable;
  }

  /** Resolves when the changes are on disk, and with them all that were given before. `sequence` only grows. */
  add(changes: readonly Change[], sequence: number, call: string | undefined): Promise<void> {
    this.#next ??= openBatch();
    const batch = this.#next;
    for (const change of changes) batch.changes.set(change.key, change);
    if (call !== undefined) batch.calls.push(call);
    batch.sequence = sequence;
    this.#gather();
    return batch.done;
  }

  /** Undefined when everything up to the sequence is on disk; else resolves when it is. */
  waitFor(sequence: number): Promise<void> | undefined {
    if (sequence <= this.#durable) return undefined;
    if (this.#writing !== undefined && sequence <= this.#writing.sequence) return this.#writing.done;
    return this.#next?.done;
  }

  /** Like waitFor, for everything given so far. */
  waitForAll(): Promise<void> | undefined {
    return (this.#next ?? this.#writing)?.done;
  }

  /** Resolves when no batch is being written, however that ended. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#writing?.done]);
  }

  /** Gives up the batch that was not begun: those who wait for it get the error. */
  refuseNext(error: Error): Batch | undefined {
    const batch = this.#next;
    this.#next = undefined;
    batch?.reject(error);
    return batch;
  }

  /** What was refused has come to the disk all the same. */
  caughtUp(sequence: number): void {
    this.#durable = Math.max(this.#durable, sequence);
  }

  /** The next batch has what other sockets have brought by now, and what they bring as long as more keeps coming. */
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
      batch.resolve();
    } catch (e) {
      batch.reject(e);
    } finally {
      this.#writing = undefined;
    }
    this.#gather();
  }
}

const ignore = (): void => undefined;

function openBatch(): OpenBatch {
  let resolve: OpenBatch['resolve'] = ignore;
  let reject: OpenBatch['reject'] = ignore;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Those who wait get the rejection; a batch that nobody waits for must not end the process.
  done.catch(ignore);
  return { changes: new Map(), calls: [], sequence: 0, done, resolve, reject };
}
