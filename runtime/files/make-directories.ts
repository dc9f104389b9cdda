/** Makes a directory with its parents, also where the file system takes no new names. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode, isNoSuchFile } from '../errors.ts';

/**
 * Makes a directory and those of its parents that are missing; one that is there is left as it is. Node.js's own
 * `recursive` tries for ever below a directory such as `/proc`, where making a name fails with ENOENT although the parent
 * exists.
 * @param mode permission bits of the directories that are made, before the process's umask
 * @throws the system's error; EEXIST if a file is in the way
 */
export async function makeDirectories(directory: string, mode?: number): Promise<void> {
  try {
    await makeOne(directory, mode);
  } catch (e) {
    if (errorCode(e) !== 'ENOENT' || path.dirname(directory) === directory) throw e;
    await makeDirectories(path.dirname(directory), mode);
    await makeOne(directory, mode);
  }
}

/** Makes a directory, unless it is there: another process may have made it meanwhile. */
async function makeOne(directory: string, mode: number | undefined): Promise<void> {
  try {
    await fs.mkdir(directory, { mode });
  } catch (e) {
    if (errorCode(e) !== 'EEXIST' || !(await isDirectory(directory))) throw e;
  }
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await fs.stat(file)).isDirectory();
  } catch (e) {
    if (isNoSuchFile(e)) return false;
    throw e;
  }
}
