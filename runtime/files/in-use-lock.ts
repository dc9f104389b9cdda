/** Hadoop's `in_use.lock`: the file in a storage directory that says which daemon uses the directory, as `pid@host`. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errorCode, hadoopError, messageOf } from '../errors.ts';
import { processState } from '../process-state.ts';

const LOCK_FILE = 'in_use.lock';
/** Directories that this process has locked: a process id alone can't tell two daemons of one process apart. */
const lockedHere = new Set<string>();

const thisProcess = (): string => `${process.pid}@${os.hostname()}`;
const lockFile = (directory: string): string => path.join(directory, LOCK_FILE);

/** Whether a name in a storage directory is that of the lock, which is no data. */
export const isLockFile = (name: string): boolean => name === LOCK_FILE;

/** Writes the file of a directory that the caller keeps from other daemons by a lock of its own. */
export async function markInUse(directory: string): Promise<void> {
  await fs.writeFile(lockFile(directory), thisProcess());
}

/** Removes the file; does nothing if there is none. */
export async function unmarkInUse(directory: string): Promise<void> {
  await fs.rm(lockFile(directory), { force: true });
}

/**
 * Takes a directory for one daemon, with the file as the lock. The file of a process that no longer lives is taken over.
 * @returns a function that gives the directory back
 * @throws IOException if another daemon has the directory
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const holder = lockedHere.has(directory) ? thisProcess() : await liveHolder(directory);
  if (holder !== undefined) {
    throw hadoopError(
      'IOException',
      `Cannot lock storage ${directory}. The directory is already locked by ${holder}. ` +
        `Stop that daemon or give this one another directory; if it no longer runs, remove ${lockFile(directory)}.`,
    );
  }
  lockedHere.add(directory);
  try {
    await markInUse(directory);
  } catch (e) {
    lockedHere.delete(directory);
    throw hadoopError('IOException', `Cannot lock storage ${directory}: ${messageOf(e)}`, e);
  }
  return async () => {
    lockedHere.delete(directory);
    await unmarkInUse(directory);
  };
}

/** Returns `pid@host` of the daemon that holds the lock; undefined if that is dead, or is this process, which let go. */
async function liveHolder(directory: string): Promise<string | undefined> {
  const text = await readLock(directory);
  const match = /^(\d+)@(.*)$/.exec(text);
  const pid = Number(match?.[1]);
  if (!match || pid === process.pid) return undefined;
  // A process on another host (shared storage) can't be looked at, so it counts as alive.
  if (match[2] !== os.hostname()) return text;
  try {
    process.kill(pid, 0);
    // A process that was killed and waits to be reaped holds nothing.
    return processState(pid) === 'ended' ? undefined : text;
  } catch (e) {
    return errorCode(e) === 'EPERM' ? text : undefined;
  }
}

async function readLock(directory: string): Promise<string> {
  try {
    return (await fs.readFile(lockFile(directory), 'utf8')).trim();
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return '';
    throw hadoopError('IOException', `Cannot lock storage ${directory}: ${messageOf(e)}`, e);
  }
}
