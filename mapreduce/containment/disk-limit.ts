/** Watches the local files of jobs with a limit (Hadoop: Task.DiskLimitCheck, MAPREDUCE-7022). */
import fs from 'node:fs';
import path from 'node:path';
import type { TaskLimits } from './task-limits.ts';

/** The look at the files of one job, again and again. */
export class DiskWatch {
  readonly #directory: string;
  readonly #limits: TaskLimits;
  #nextMs: number;
  #isLooking = false;

  constructor(directory: string, limits: TaskLimits, now: number) {
    this.#directory = directory;
    this.#limits = limits;
    this.#nextMs = now + limits.diskIntervalMs;
  }

  /** Returns the message for a job that takes more than it may; undefined for others, and until a look is due. */
  async look(now: number): Promise<string | undefined> {
    const { diskBytes, diskIntervalMs } = this.#limits;
    if (diskBytes === Number.POSITIVE_INFINITY || now < this.#nextMs || this.#isLooking) return undefined;
    this.#isLooking = true;
    this.#nextMs = now + diskIntervalMs;
    try {
      const bytes = await bytesBelow(this.#directory);
      if (bytes <= diskBytes) return undefined;
      return `too much data in local scratch dir=${this.#directory}. current size is ${bytes} the limit is ${diskBytes}`;
    } finally {
      this.#isLooking = false;
    }
  }
}

/** Returns the lengths of all files below a directory. Links are not followed, and files may go meanwhile. */
export async function bytesBelow(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.promises.readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const place = path.join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesBelow(place);
    else if (entry.isFile()) bytes += (await fs.promises.lstat(place).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
