/** The two files of the journal on disk: how they are made, read and written. */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import path from 'node:path';
import { Closers } from '../../../runtime/closers.ts';
import { errorCode } from '../../../runtime/errors.ts';
import { closeFile, openFile } from '../../../runtime/files/file-io.ts';
import { syncDirectory } from '../../../runtime/files/sync-directory.ts';
import { systemRandom } from '../../../runtime/runtime.ts';
import { sealOf } from './edit-record.ts';
import { RECORDS_AT, readHeaders, SALT_BYTES, writeHeader } from './journal-header.ts';
import type { JournalFile } from './journal-run.ts';

/** The length of each of the two files. */
const FILE_BYTES = 1024 * 1024;
export const JOURNAL_FILES = ['edits-0', 'edits-1'] as const;
/** Only the NameNode's user may read the journal: it holds the names of all files, and the salt is a secret. */
const FILE_MODE = 0o600;
/** The flag of a write that returns when the bytes are on disk; undefined on a system without it (Windows). */
const DSYNC: number | undefined = fs.constants.O_DSYNC;

/** Makes the files of a new store, with a header and zeros. @throws Error if one is there already */
export async function makeJournal(
  directory: string,
  epoch: number,
  lengthBytes = FILE_BYTES,
  random = systemRandom,
): Promise<void> {
  for (const name of JOURNAL_FILES) {
    const bytes = Buffer.alloc(lengthBytes);
    writeHeader(bytes, { lengthBytes, salt: random.bytes(SALT_BYTES), epoch });
    const file = path.join(directory, name);
    await fsPromises.writeFile(file, bytes, { flag: 'wx', mode: FILE_MODE, flush: true });
  }
  await syncDirectory(directory);
}

/** A journal file with the epoch in which it was made. */
export interface StoredJournalFile extends JournalFile {
  readonly epoch: number;
  readonly lengthBytes: number;
  /** The copies of its header that can be read, of two. */
  readonly headers: number;
}

/** Reads the files of a journal. @throws Error for a file that is missing, or whose header does not fit it */
export async function readJournal(directory: string): Promise<StoredJournalFile[]> {
  const files: StoredJournalFile[] = [];
  for (const name of JOURNAL_FILES) files.push(await readJournalFile(directory, name));
  return files;
}

/** Reads one file of a journal. @throws Error as readJournal() does */
export async function readJournalFile(directory: string, name: string): Promise<StoredJournalFile> {
  const bytes = await readFile(directory, name);
  const headers = readHeaders(bytes);
  const [header] = headers;
  if (header === undefined) throw new Error(`its file ${name} has no header: it was emptied or overwritten`);
  const { lengthBytes, epoch, salt } = header;
  if (bytes.length !== lengthBytes) {
    throw new Error(`its file ${name} was made with ${lengthBytes} bytes, and has ${bytes.length}`);
  }
  const records = bytes.subarray(RECORDS_AT);
  return { name, seal: sealOf(salt), bytes: records, epoch, lengthBytes, headers: headers.length };
}

async function readFile(directory: string, name: string): Promise<Buffer> {
  try {
    return await fsPromises.readFile(path.join(directory, name));
  } catch (e) {
    if (errorCode(e) === 'ENOENT') throw new Error(`its file ${name} is missing`, { cause: e });
    throw e;
  }
}

/** Opens a file so that each write returns when its bytes are on disk. */
export function openSynced(file: string): Promise<number> {
  const flags = DSYNC === undefined ? 'r+' : fs.constants.O_RDWR | DSYNC;
  return openFile(file, flags);
}

/** Closes all files. @throws the first error, when all are closed */
export async function closeAll(fds: readonly number[]): Promise<void> {
  const closers = new Closers();
  for (const fd of fds) {
    closers.add(() => closeFile(fd));
  }
  await closers.close();
}

export interface SyncedWrite {
  readonly fd: number;
  readonly bytes: Buffer;
  readonly position: number;
}

/** Writes in a thread. Resolves when the bytes are on disk. */
export function writeSynced({ fd, bytes, position }: SyncedWrite): Promise<void> {
  return new Promise((resolve, reject) => {
    const write = (from: number): void => {
      fs.write(fd, bytes, from, bytes.length - from, position + from, (e, written) => {
        if (e) reject(e);
        else if (from + written < bytes.length) write(from + written);
        else if (DSYNC !== undefined) resolve();
        else fs.fdatasync(fd, (failed) => (failed ? reject(failed) : resolve()));
      });
    };
    write(0);
  });
}

/** Writes at once, holding the event loop until the bytes are on disk. */
export function writeSyncedNow({ fd, bytes, position }: SyncedWrite): void {
  for (let from = 0; from < bytes.length; ) {
    from += fs.writeSync(fd, bytes, from, bytes.length - from, position + from);
  }
  if (DSYNC === undefined) fs.fdatasyncSync(fd);
}
