import { deferred } from '../../runtime/promises.ts';

/** The facts that the cluster has acknowledged about one file, and that must hold from then on. */
export interface FileRecord {
  /** Number of the file, and seed of its bytes. */
  readonly id: number;
  /** Path of the file. Two paths: a rename has failed but may have happened, so the file is at one of them. */
  paths: string[];
  /** Every byte before this offset was acknowledged by hflush, hsync or close. */
  ackedBytes: number;
  /**
   * Bytes that must outlast a loss of power of all machines at once: acknowledged by hsync, and by close where
   * dfs.datanode.synconclose is on. HDFS promises no more then (Hadoop: Syncable.hflush, hsync; HDFS-5042).
   */
  syncedBytes: number;
  /** No byte from this offset on was ever written. */
  writtenBytes: number;
  /**
   * `writing`: a client has the file open. `closed`: the close was acknowledged, so the length stays ackedBytes.
   * `left`: the writer failed or vanished, so the file may be open, with a length between ackedBytes and writtenBytes.
   */
  state: 'writing' | 'closed' | 'left' | 'deleted';
  /** Whether the file may not exist: a delete has failed but may have happened, or a create may not have. */
  mayBeMissing: boolean;
  /** Whether a rename or delete is under way: no other client may use the path. */
  moving: boolean;
  /** Whether a client writes or recovers the file now. */
  busy: boolean;
  readers: number;
  /** Number of times that a client began to append to the file or to recover it. */
  changes: number;
  /** Whether a machine lost part of its disk while the file was open, so that one replica of its last block is short. */
  isFragile: boolean;
  /** Whether no client may change or delete the file, because an old copy of the namespace will need it. */
  isSpared: boolean;
}

/** An acknowledged fact that did not hold. */
export interface Violation {
  readonly path: string;
  readonly what: string;
}

const MESSAGE_CHARACTERS_MAX = 300;
/** Bytes in a chunk with one checksum, by default. */
const CHUNK_BYTES = 512;

/** Every acknowledged fact. Kept in memory, because the process of the run itself is never killed. */
export class Ledger {
  readonly files: FileRecord[] = [];
  readonly violations: Violation[] = [];
  readonly counts: Record<string, number> = {};
  /** Resolves at the first violation. */
  readonly firstViolation: Promise<void>;
  #tellFirst: () => void;
  /** Number of times that all machines lost their power at once. */
  powerLosses = 0;
  readonly #tell: (line: string) => void;

  /** @param tell called with a line for each violation and each new kind of error */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
    const first = deferred<void>();
    this.firstViolation = first.promise;
    this.#tellFirst = first.resolve;
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** Counts an operation that failed because of a fault. The first error of a kind is reported. */
  fail(operation: string, error: { readonly code: string; readonly message: string }): void {
    const what = `${operation}: ${error.code}`;
    if (!(what in this.counts)) this.#tell(`first ${what}: ${error.message.slice(0, MESSAGE_CHARACTERS_MAX)}`);
    this.count(what);
  }

  violate(path: string, what: string): void {
    this.violations.push({ path, what });
    this.#tellFirst();
    this.#tell(`LOST ${path}: ${what}`);
  }

  newFile(directory: string): FileRecord {
    const id = this.files.length + 1;
    const file: FileRecord = {
      id,
      paths: [`${directory}/f${id}`],
      ackedBytes: 0,
      syncedBytes: 0,
      writtenBytes: 0,
      state: 'writing',
      mayBeMissing: true,
      moving: false,
      busy: false,
      readers: 0,
      changes: 0,
      isFragile: false,
      isSpared: false,
    };
    this.files.push(file);
    return file;
  }

  /**
   * Records that all machines lost their power: of an open file, bytes that were only flushed may be gone. So may the
   * last chunk that was synced, if more was written behind it: its checksum was written over.
   */
  losePower(): void {
    this.powerLosses++;
    for (const file of this.#open()) {
      if (file.syncedBytes !== file.writtenBytes) file.syncedBytes = Math.max(0, file.syncedBytes - (CHUNK_BYTES - 1));
      file.ackedBytes = Math.min(file.ackedBytes, file.syncedBytes);
    }
  }

  /** Records that one machine lost part of its disk. */
  loseReplicas(): void {
    for (const file of this.#open()) file.isFragile = true;
  }

  /** Returns the files that are open since a machine lost part of its disk: another loss could take their last bytes. */
  get fragile(): FileRecord[] {
    return this.#open().filter((file) => file.isFragile);
  }

  #open(): FileRecord[] {
    return this.files.filter(({ state }) => state === 'writing' || state === 'left');
  }

  /** Returns the files in these states that exist for certain at one path and that no client moves now. */
  settled(states: readonly FileRecord['state'][]): FileRecord[] {
    return this.files.filter((f) => states.includes(f.state) && f.paths.length === 1 && !f.mayBeMissing && !f.moving);
  }

  get keptBytes(): number {
    return this.files.reduce((sum, f) => sum + (f.state === 'deleted' ? 0 : f.writtenBytes), 0);
  }
}

export const pathOf = (file: FileRecord): string => file.paths[0] ?? '';
