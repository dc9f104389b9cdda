/** What the cluster has acknowledged about one file; the promise is that it holds for ever after. */
export interface FileRecord {
  /** Also the seed of its bytes. */
  readonly id: number;
  /** Where it is. With more than one, a rename has failed and may have happened all the same. */
  paths: string[];
  /** Every byte below was acknowledged by hflush, hsync or close. */
  ackedBytes: number;
  /** No byte from here on was ever written. */
  writtenBytes: number;
  /**
   * `writing`: someone has it open. `closed`: acknowledged, so its length is ackedBytes and stays so. `left`: its writer
   * failed or vanished, so it may be open, and its length lies between ackedBytes and writtenBytes.
   */
  state: 'writing' | 'closed' | 'left' | 'deleted';
  /** A create or delete has failed and may have happened all the same. */
  mayBeMissing: boolean;
  /** A rename or delete is under way: nobody else may use its path. */
  moving: boolean;
  /** One client writes or recovers it now. */
  busy: boolean;
  readers: number;
}

/** Something acknowledged that did not hold. */
export interface Violation {
  readonly path: string;
  readonly what: string;
}

const MESSAGE_CHARACTERS_MAX = 300;

/** Everything acknowledged, by whom it was heard. In memory: the one process that must not be killed is the witness. */
export class Ledger {
  readonly files: FileRecord[] = [];
  readonly violations: Violation[] = [];
  readonly counts: Record<string, number> = {};
  readonly #tell: (line: string) => void;

  /** @param tell hears of violations and of new kinds of errors */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** An operation failed, as chaos makes them do; the first of a kind is told. */
  fail(operation: string, error: { readonly code: string; readonly message: string }): void {
    const what = `${operation}: ${error.code}`;
    if (!(what in this.counts)) this.#tell(`first ${what}: ${error.message.slice(0, MESSAGE_CHARACTERS_MAX)}`);
    this.count(what);
  }

  violate(path: string, what: string): void {
    this.violations.push({ path, what });
    this.#tell(`LOST ${path}: ${what}`);
  }

  newFile(directory: string): FileRecord {
    const id = this.files.length + 1;
    const file: FileRecord = {
      id,
      paths: [`${directory}/f${id}`],
      ackedBytes: 0,
      writtenBytes: 0,
      state: 'writing',
      mayBeMissing: true,
      moving: false,
      busy: false,
      readers: 0,
    };
    this.files.push(file);
    return file;
  }

  /** Files that exist for sure at one path, with nobody moving them. */
  settled(states: readonly FileRecord['state'][]): FileRecord[] {
    return this.files.filter((f) => states.includes(f.state) && f.paths.length === 1 && !f.mayBeMissing && !f.moving);
  }

  get keptBytes(): number {
    return this.files.reduce((sum, f) => sum + (f.state === 'deleted' ? 0 : f.writtenBytes), 0);
  }
}

export const pathOf = (file: FileRecord): string => file.paths[0] ?? '';
