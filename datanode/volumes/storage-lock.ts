import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hadoopError } from '../../runtime/errors.ts';
import { processState } from '../../runtime/process-state.ts';

const LOCK_FILE = 'in_use.lock';
/** Directories that this process holds: a process id alone can't tell two daemons of one process apart. */
const heldHere = new Set<string>();

/**
 * Takes a storage directory for one daemon with Hadoop's `in_use.lock`, whose text is `pid@host`. The file of a process
 * that no longer lives is taken over.
 *
 * @returns a function that gives the directory back
 * @throws IOException when another daemon has it
 */
export async function lockStorage(directory: string): Promise<() => Promise<void>> {
  const file = path.join(directory, LOCK_FILE);
  const holder = heldHere.has(directory) ? `${process.pid}@${os.hostname()}` : await liveHolder(file);
  if (holder) {
    throw hadoopError(
      'IOException',
      `Cannot lock storage ${directory}. The directory is already locked by ${holder}. ` +
        `Stop that daemon or give this one another directory; if it no longer runs, remove ${file}.`,
    );
  }
  heldHere.add(directory);
  try {
    await fs.writeFile(file, `${process.pid}@${os.hostname()}`);
  } catch (e) {
    heldHere.delete(directory);
    throw hadoopError('IOException', `Cannot lock storage ${directory}: ${e instanceof Error ? e.message : e}`, e);
  }
  return async () => {
    heldHere.delete(directory);
    await fs.rm(file, { force: true });
  };
}

/** `pid@host` of the lock's holder, unless it is dead or this process itself (which then has let go of it). */
async function liveHolder(file: string): Promise<string | undefined> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const match = /^(\d+)@(.*)$/.exec(text.trim());
  const pid = Number(match?.[1]);
  if (!match || pid === process.pid) return undefined;
  // A lock from another host (shared storage) can't be checked; believe it.
  if (match[2] !== os.hostname()) return text.trim();
  try {
    process.kill(pid, 0);
    // One that was killed and that nobody has reaped yet holds nothing.
    return processState(pid) === 'ended' ? undefined : text.trim();
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM' ? text.trim() : undefined;
  }
}
