/** The working directory of an attempt, with links to the job's cache. */
import fs from 'node:fs';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { CacheKind } from './cache-entries.ts';

/** A local copy of a file, or the directory of an archive that was unpacked. */
export interface LocalEntry {
  readonly kind: CacheKind;
  /** The link's path below the working directory. */
  readonly name: string;
  readonly path: string;
}

const PRIVATE = 0o700;

/** Returns the directories of an attempt, below its own one, in which its code works and makes temporary files. */
const placesOf = (attemptDirectory: string) => ({
  work: path.join(attemptDirectory, 'work'),
  temporary: path.join(attemptDirectory, 'tmp'),
});

/** Makes the working directory and its links. Returns its path. */
export async function makeWorkingDirectory(attemptDirectory: string, cache: readonly LocalEntry[]): Promise<string> {
  const { work, temporary } = placesOf(attemptDirectory);
  await fs.promises.mkdir(work, { recursive: true, mode: PRIVATE });
  await fs.promises.mkdir(temporary, { recursive: true, mode: PRIVATE });
  for (const { name, path: target } of cache) {
    const link = path.join(work, name);
    await fs.promises.mkdir(path.dirname(link), { recursive: true });
    await fs.promises.symlink(target, link);
  }
  return work;
}

/**
 * Runs `body` with this process in the attempt's working directory; its temporary files (TMPDIR) come into a directory
 * beside it. A thread has no directory of its own: there, the process stays where it is.
 */
export async function inWorkingDirectory<T>(attemptDirectory: string, body: () => Promise<T>): Promise<T> {
  if (!isMainThread) return await body();
  const { work, temporary } = placesOf(attemptDirectory);
  const before = process.cwd();
  const { TMPDIR } = process.env;
  process.chdir(work);
  process.env.TMPDIR = temporary;
  try {
    return await body();
  } finally {
    process.chdir(before);
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}

/** Deletes what an attempt has left in its working directory. The outputs of maps beside it stay. */
export async function removeWorkingDirectory(attemptDirectory: string): Promise<void> {
  const { work, temporary } = placesOf(attemptDirectory);
  await Promise.all([work, temporary].map((place) => fs.promises.rm(place, { recursive: true, force: true })));
}
