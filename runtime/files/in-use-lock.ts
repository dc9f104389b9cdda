/** Hadoop's `in_use.lock`: the operating system's lock on a storage directory, and in the file who has it, as `pid@host`. */
import fs, { type FileHandle } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { errorCode, hadoopError, messageOf } from '../errors.ts';
import { isNoRoom } from './disk-errors.ts';

const LOCK_FILE = 'in_use.lock';
/** Only the daemon's user may lock the file, and read who has it. */
const FILE_MODE = 0o600;
/** The systems for which fs-native-extensions 1.5 has a module. */
const GUARDED = 'Linux with glibc, macOS and Windows, on x64 and arm64';
/** The directories that this process holds without a lock of the operating system. */
const heldUnguarded = new Set<string>();
/** Whether the warning was given that directories are not guarded. */
let hasWarned = false;

const thisProcess = (): string => `${process.pid}@${os.hostname()}`;
const lockFile = (directory: string): string => path.join(directory, LOCK_FILE);

/** Whether a name in a storage directory is the name of the lock file, which holds no data. */
export const isLockFile = (name: string): boolean => name === LOCK_FILE;

/**
 * Locks a directory for one daemon with `in_use.lock`, as Hadoop's daemons do (Storage.StorageDirectory.tryLock): each
 * keeps out the other. The lock belongs to the operating system, which ends it with the process, however that ends. A
 * process id in the file, which another container may have too, is only shown.
 *
 * @param warn called once in a process if the system's locks can't be used: then only this process is kept out
 * @returns a function that gives the directory back
 * @throws IOException if another daemon has the directory
 */
export async function lockDirectory(directory: string, warn: (message: string) => void): Promise<() => Promise<void>> {
  const tryLock = await systemLocks(warn);
  try {
    return tryLock ? await lockFileOf(directory, tryLock) : await holdUnguarded(directory);
  } catch (e) {
    if (e instanceof LockedByOther) throw await alreadyLocked(directory);
    throw hadoopError('IOException', `Cannot lock storage ${directory}: ${messageOf(e)}`, e);
  }
}

class LockedByOther extends Error {}

type TryLock = (fd: number) => boolean;

/** Returns the function that locks a file; undefined where the native module does not run, as on musl. */
async function systemLocks(warn: (message: string) => void): Promise<TryLock | undefined> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (e) {
    if (!hasWarned) {
      hasWarned = true;
      warn(
        `Storage directories are not guarded against a second daemon on this system, which is ${platform()}. The package ` +
          `fs-native-extensions takes the locks of the operating system; it has modules for ${GUARDED}, and here: ` +
          `${messageOf(e).split('\n')[0]}. Start no two daemons on one directory, also not in two containers.`,
      );
    }
    return undefined;
  }
}

/** Returns the system as Node names it, with its C library on Linux: `linux-x64 with musl`. */
function platform(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux' || process.report === undefined) return name;
  // Without this, the report asks for the names of addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${name} with ${header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}

async function lockFileOf(directory: string, tryLock: TryLock): Promise<() => Promise<void>> {
  const file = lockFile(directory);
  for (;;) {
    const handle = await fs.open(file, 'a+', FILE_MODE);
    try {
      if (!tryLock(handle.fd)) throw new LockedByOther();
      // A holder that has just ended may have deleted this file: a lock on it would guard nothing.
      if (await isStillAt(handle, file)) {
        await writeHolder(handle);
        return () => unlock(handle, file);
      }
    } catch (e) {
      await handle.close();
      throw e;
    }
    await handle.close();
  }
}

/** Writes who has the directory. A full disk leaves out the text, which is only shown, and keeps no daemon from its start. */
async function writeHolder(handle: FileHandle): Promise<void> {
  await handle.truncate(0);
  try {
    await handle.write(Buffer.from(thisProcess()));
  } catch (e) {
    if (!isNoRoom(e)) throw e;
  }
}

async function isStillAt(handle: FileHandle, file: string): Promise<boolean> {
  try {
    return (await fs.stat(file)).ino === (await handle.stat()).ino;
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return false;
    throw e;
  }
}

/** Deletes the file while it is locked, so that nobody's lock is deleted, and ends the lock. */
async function unlock(handle: FileHandle, file: string): Promise<void> {
  try {
    await fs.rm(file, { force: true });
  } finally {
    await handle.close();
  }
}

async function holdUnguarded(directory: string): Promise<() => Promise<void>> {
  if (heldUnguarded.has(directory)) throw new LockedByOther();
  heldUnguarded.add(directory);
  try {
    await fs.writeFile(lockFile(directory), thisProcess(), { mode: FILE_MODE });
  } catch (e) {
    heldUnguarded.delete(directory);
    throw e;
  }
  return async () => {
    heldUnguarded.delete(directory);
    await fs.rm(lockFile(directory), { force: true });
  };
}

async function alreadyLocked(directory: string): Promise<Error> {
  const holder = (await fs.readFile(lockFile(directory), 'utf8')).trim() || 'another process';
  return hadoopError(
    'IOException',
    `Cannot lock storage ${directory}. The directory is already locked by ${holder}. ` +
      'Stop that daemon or give this one another directory.',
  );
}
