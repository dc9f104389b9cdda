/**
 * The mark by which a name directory is told from a copy of it: a file that holds the number of its own inode. A copy of
 * the file, by cp, rsync or tar, has another inode. So a directory that was put back is recognised at once, and not only
 * when a DataNode reports a block that the copy does not know.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import { isNoSpace } from './disk-errors.ts';

/** The mark's file, beside the store's directory. */
const FILE = 'place';
const FILE_MODE = 0o600;

const fileOf = (storePath: string): string => path.join(path.dirname(storePath), FILE);

/** `here`: the NameNode ran on this directory. `elsewhere`: on one that this is a copy of. `unknown`: there is no mark. */
export type Place = 'here' | 'elsewhere' | 'unknown';

/** Compares the mark of a directory with its place. A mark that the disk does not give is unknown. */
export async function readPlaceMark(storePath: string): Promise<Place> {
  const file = fileOf(storePath);
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (e) {
    if (errorCode(e) === undefined) throw e;
    return 'unknown';
  }
  // A mark that was cut short, or is damaged, says nothing.
  const [, inode] = /^inode (\d+)\n$/.exec(text) ?? [];
  if (inode === undefined) return 'unknown';
  return inode === (await inodeOf(file)) ? 'here' : 'elsewhere';
}

/**
 * Writes the mark of a directory, durably, unless it is there. On a full disk the next start writes it.
 * @throws the failure of the disk
 */
export async function writePlaceMark(storePath: string): Promise<void> {
  if ((await readPlaceMark(storePath)) === 'here') return;
  const file = fileOf(storePath);
  try {
    // The inode is known once the file is there, and stays the same when it is written again.
    await fs.writeFile(file, '', { mode: FILE_MODE });
    await fs.writeFile(file, `inode ${await inodeOf(file)}\n`, { flush: true, mode: FILE_MODE });
    await syncDirectory(path.dirname(file));
  } catch (e) {
    if (!isNoSpace(e)) throw e;
  }
}

const inodeOf = async (file: string): Promise<string> => String((await fs.stat(file, { bigint: true })).ino);
