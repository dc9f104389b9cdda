/** The health of a TaskTracker's local directory: a tracker that can not write there takes no tasks. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../runtime/errors.ts';

const PROBE_BYTES = 4096;
/** Bytes that must be free: a disk with less is full before a task has begun. */
const FREE_BYTES_MIN = 1024 * 1024;
/** Pause between two looks at a directory that can not be written: it is used again soon after it was mended. */
const MENDING_MS = 5000;
export const LOCAL_DIR_PROPERTY = 'mapreduce.cluster.local.dir';

export interface LocalDirectoryOptions {
  readonly directory: string;
  /** Named in messages: several trackers may run the tasks of a job. */
  readonly host: string;
  /** mapreduce.tasktracker.local.dir.minspacestart: the tracker takes tasks with this number of bytes free. */
  readonly freeBytesMin: number;
  /** mapreduce.tasktracker.healthchecker.interval. */
  readonly intervalMs: number;
  /** Is told when the problem changes; undefined: there is none any more. */
  tell(problem: string | undefined): void;
}

export class LocalDirectory {
  readonly #o: LocalDirectoryOptions;
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LocalDirectoryOptions) {
    this.#o = options;
  }

  /** Looks now and then from now on. */
  start(): void {
    this.check();
    const pauseMs = this.#problem === undefined ? this.#o.intervalMs : Math.min(MENDING_MS, this.#o.intervalMs);
    this.#timer = setTimeout(() => this.start(), pauseMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Returns the reason why no task can use the directory; undefined if tasks can. */
  check(): string | undefined {
    const before = this.#problem;
    const fault = this.#fault();
    this.#problem =
      fault === undefined ? undefined : `${this.#o.host}: ${this.#o.directory} (${LOCAL_DIR_PROPERTY}) ${fault}`;
    if (this.#problem !== before) this.#o.tell(this.#problem);
    return this.#problem;
  }

  #fault(): string | undefined {
    const { directory, freeBytesMin } = this.#o;
    const probe = path.join(directory, 'probe');
    try {
      fs.mkdirSync(directory, { recursive: true });
      fs.writeFileSync(probe, Buffer.alloc(PROBE_BYTES));
      fs.unlinkSync(probe);
      const { bavail, bsize } = fs.statfsSync(directory);
      const free = bavail * bsize;
      const wanted = Math.max(FREE_BYTES_MIN, freeBytesMin);
      return free < wanted ? `has ${free} bytes free, and ${wanted} are wanted` : undefined;
    } catch (e) {
      return `can not be written: ${messageOf(e)}`;
    }
  }
}
