/** Brings `level` up to date with the journal: the changes that wait, and their transfer in one batch. */
import { settled } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { Change } from '../command/change.ts';
import type { AnsweredCalls } from './answered-calls.ts';
import { checksumOf, storedValue } from './level/checked-value.ts';
import type { StoreDigest } from './level/store-digest.ts';
import type { StoreDirectories } from './store-directories.ts';

/** Holds the changes that `level` lacks, and writes them when it is asked to. */
export class LevelTransfer {
  readonly #directories: StoreDirectories;
  readonly #digest: StoreDigest;
  readonly #calls: AnsweredCalls;
  readonly #clock: Clock;
  /** The last change of each key. The journal has all of them, unless the disk refused. */
  #waiting: Map<string, Change>;
  /** The number of the last batch that was begun. */
  #number: number;
  #running: Promise<void> | undefined;

  constructor(parts: {
    directories: StoreDirectories;
    /** The digest of the keys that `level` has. */
    digest: StoreDigest;
    /** The calls that `level` lacks, and the keys of those that it has. */
    calls: AnsweredCalls;
    waiting: Map<string, Change>;
    number: number;
    clock: Clock;
  }) {
    this.#directories = parts.directories;
    this.#digest = parts.digest;
    this.#calls = parts.calls;
    this.#waiting = parts.waiting;
    this.#number = parts.number;
    this.#clock = parts.clock;
  }

  /** The number of keys that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Takes changes and calls for the next transfer. */
  take(changes: Iterable<Change>, calls: readonly string[]): void {
    for (const change of changes) this.#waiting.set(change.key, change);
    this.#calls.add(calls);
  }

  /** Takes the changes and calls of a batch that is about to be written to the journal, and returns its number. */
  begin(changes: Iterable<Change>, calls: readonly string[]): number {
    this.take(changes, calls);
    return ++this.#number;
  }

  /** Resolves when no transfer is under way, whether the last one succeeded or not. */
  idle(): Promise<void> {
    return settled(this.#running);
  }

  /**
   * Gives every `level` all that was begun, and a new head. Both are synced, so that nothing in the journal is needed any
   * more, even if the process before left with a failed fsync.
   */
  async finish(): Promise<void> {
    const number = this.#number;
    await this.#next();
    await this.until(() => this.#directories.haveApplied(number));
  }

  /** Makes transfers until the condition holds. */
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await this.#next();
  }

  /** Transfers what waits, if anything does. */
  async run(): Promise<void> {
    await this.idle();
    if (this.#waiting.size > 0) await this.#next();
  }

  /** Makes one transfer, after the one that is under way. The caller that started that one receives its error. */
  async #next(): Promise<void> {
    while (this.#running) await settled(this.#running);
    this.#running = this.#transfer();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #transfer(): Promise<void> {
    const changes = this.#waiting;
    const number = this.#number;
    this.#waiting = new Map();
    for (const change of this.#calls.takeChanges(this.#clock.monotonicMs())) changes.set(change.key, change);
    try {
      const checked = [...changes.values()].map((change) => this.#counted(change));
      await this.#directories.apply(checked, { number, digest: this.#digest.sum });
    } catch (e) {
      // The changes that came meanwhile are newer.
      for (const [key, change] of this.#waiting) changes.set(key, change);
      this.#waiting = changes;
      throw e;
    }
  }

  /** Takes a change into the digest, and returns it with the checksum of its value. */
  #counted(change: Change): Change {
    const { type, key } = change;
    if (type === 'del') {
      this.#digest.delete(key);
      return change;
    }
    const checksum = checksumOf(key, change.value);
    this.#digest.put(key, checksum);
    return { type, key, value: storedValue(checksum, change.value) };
  }
}
