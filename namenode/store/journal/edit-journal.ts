/** The journal in front of `level`: a commit is durable when it is in one of two files of fixed length. */
import path from 'node:path';
import { settled } from '../../../runtime/promises.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import type { Change } from '../../command/change.ts';
import { encodeRecord, type RecordSeal, sealRecord } from './edit-record.ts';
import {
  closeAll,
  JOURNAL_FILES,
  openSynced,
  type StoredJournalFile,
  type SyncedWrite,
  writeSynced,
  writeSyncedNow,
} from './journal-files.ts';
import { RECORDS_AT } from './journal-header.ts';
import type { JournalRun } from './journal-run.ts';

/** If commits take longer on average, a thread waits for the disk. */
const SLOW_COMMIT_MS = 1;
/** The average is over about this many commits. */
const COMMITS_AVERAGED = 8;

/** The state of `level`: it has all batches up to `number`, and its head names the run that the journal had then. */
export interface AppliedEdits {
  readonly number: number;
  readonly witness: JournalRun | undefined;
}

/** Resolves when `level` has all batches up to `number`, and its head names no run of the file with index `file`. */
export type FreeFile = (number: number, file: number) => Promise<void>;

/**
 * Holds the batches that were committed and are not in `level` yet. Two files of fixed length are written in turns, each
 * from its start. All their bytes were written before, so that a commit changes no metadata of the file system (Hadoop
 * preallocates its edit log for the same reason). A commit is so about four times as fast as a synced batch of `level`;
 * see docs/decisions/edit-journal.md.
 */
export class EditJournal {
  readonly #fds: readonly number[];
  readonly #seals: readonly RecordSeal[];
  readonly #bytesMax: number;
  readonly #record: Buffer;
  /** The file that is written now, the position in it, and the number of the last batch in each file. */
  #file: number;
  #position = RECORDS_AT;
  readonly #lastNumbers = [0, 0];
  #run: JournalRun | undefined;
  readonly #clock: Clock;
  #averageCommitMs = SLOW_COMMIT_MS;

  private constructor(
    fds: readonly number[],
    files: readonly StoredJournalFile[],
    run: JournalRun | undefined,
    clock: Clock,
  ) {
    this.#fds = fds;
    this.#seals = files.map((file) => file.seal);
    this.#bytesMax = Math.min(...files.map((file) => file.lengthBytes));
    this.#record = Buffer.allocUnsafeSlow(this.#bytesMax - RECORDS_AT);
    this.#file = run === undefined ? 0 : 1 - run.file;
    this.#clock = clock;
  }

  /**
   * Opens a journal for writing.
   * @param files what readJournal() gave for the directory
   * @param run the newest run of the process before: the other file is written first
   */
  static async open(
    directory: string,
    files: readonly StoredJournalFile[],
    run: JournalRun | undefined,
    clock: Clock = systemClock,
  ): Promise<EditJournal> {
    const fds: number[] = [];
    try {
      for (const name of JOURNAL_FILES) fds.push(await openSynced(path.join(directory, name)));
      return new EditJournal(fds, files, run, clock);
    } catch (e) {
      await settled(closeAll(fds));
      throw e;
    }
  }

  /**
   * The newest run that this process has written; undefined before its first batch. A run of the process before is no
   * witness: its last write may have failed, so that the system shows bytes which the next loss of power takes away.
   */
  get run(): JournalRun | undefined {
    return this.#run;
  }

  /**
   * Resolves when the batch is on disk.
   * @returns false if the batch is too large for the journal, so that `level` must take it
   */
  async append(number: number, changes: readonly Change[], free: FreeFile): Promise<boolean> {
    const length = encodeRecord(this.#record, number, changes);
    if (length === undefined) return false;
    if (this.#position + length > this.#bytesMax) await this.#turn(free);
    sealRecord(this.#record, this.#seals[this.#file] as RecordSeal);
    const write: SyncedWrite = {
      fd: this.#fds[this.#file] as number,
      bytes: this.#record.subarray(0, length),
      position: this.#position,
    };
    const beganMs = this.#clock.monotonicMs();
    // A fast disk is done before a thread would have begun; a slow disk must not hold the event loop.
    if (this.#averageCommitMs < SLOW_COMMIT_MS) writeSyncedNow(write);
    else await writeSynced(write);
    this.#averageCommitMs += (this.#clock.monotonicMs() - beganMs - this.#averageCommitMs) / COMMITS_AVERAGED;
    const isFirst = this.#position === RECORDS_AT;
    this.#run = { file: this.#file, first: isFirst ? number : (this.#run?.first ?? number), last: number };
    this.#position += length;
    this.#lastNumbers[this.#file] = number;
    return true;
  }

  /** Whether `level` should be brought up to date now, so that the next change of files does not wait for it. */
  wantsApplying({ number, witness }: AppliedEdits): boolean {
    if (this.#position <= this.#bytesMax / 2) return false;
    const next = 1 - this.#file;
    return number < (this.#lastNumbers[next] as number) || witness?.file === next;
  }

  /** Changes to the other file, when `level` has all that is in that file. */
  async #turn(free: FreeFile): Promise<void> {
    const next = 1 - this.#file;
    await free(this.#lastNumbers[next] as number, next);
    this.#file = next;
    this.#position = RECORDS_AT;
  }

  /** Begins the file that `level` does not name, when the caller knows that `level` has everything. */
  restart(): void {
    this.#file = this.#run === undefined ? this.#file : 1 - this.#run.file;
    this.#position = RECORDS_AT;
  }

  /** @throws the first error of closing the files, when both are closed */
  async close(): Promise<void> {
    await closeAll(this.#fds);
  }
}
