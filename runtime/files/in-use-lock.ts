/** Hadoop's `in_use.lock`: the file in a storage directory that says which daemon uses the directory, as `pid@host`. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errorCode, hadoopError, messageOf } from '../errors.ts';
import { processState } from '../process-state.ts';

const LOCK_FILE = 'in_use.lock';
/** The largest number that process.kill takes. No system has a process with a larger number. */
const PID_MAX = 2 ** 31 - 1;
/** The directories that this process has locked. The process id alone can't tell two daemons in one process apart. */
const lockedHere = new Set<string>();

const thisProcess = (): string => `${process.pid}@${os.hostname()}`;
const lockFile = (directory: string): string => path.join(directory, LOCK_FILE);

/** Whether a name in a storage directory is the name of the lock file, which holds no data. */
export const isLockFile = (name: string): boolean => name === LOCK_FILE;

/** Writes `in_use.lock` as a mark only. The caller keeps other daemons out by a lock of its own. */
export async function markInUse(directory: string): Promise<void> {
  await fs.writeFile(lockFile(directory), thisProcess());
}

/** Removes `in_use.lock`. Does nothing if the file does not exist. */
export async function unmarkInUse(directory: string): Promise<void> {
  await fs.rm(lockFile(directory), { force: true });
}

/**
 * Locks a directory for one daemon with `in_use.lock`. The lock of a dead process is taken over.
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

/** Returns `pid@host` of the live process that holds the lock; undefined if there is none or it is this process. */
async function liveHolder(directory: string): Promise<string | undefined> {
  const text = await readLock(directory);
  const match = /^(\d+)@(.*)$/.exec(text);
  const pid = Number(match?.[1]);
  if (!match || pid === process.pid || pid > PID_MAX) return undefined;
  // A process on another host (shared storage) can't be checked, so it counts as alive.
  if (match[2] !== os.hostname()) return text;
  try {
    process.kill(pid, 0);
    // A killed process that its parent has not yet waited for (a zombie) holds no lock.
    return processState(pid) === 'ended' ? undefined : text;
  } catch (e) {
    if (errorCode(e) === 'ESRCH') return undefined;
    // EPERM: the process lives and belongs to another user.
    if (errorCode(e) === 'EPERM') return text;
    throw e;
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
