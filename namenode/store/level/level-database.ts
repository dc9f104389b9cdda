/** The database under the store: `level`, behind the few calls that the store makes. */
import path from 'node:path';
import { Level } from 'level';
import { errorCode, messageOf } from '../../../runtime/errors.ts';
import type { Change } from '../../command/change.ts';

const READ_ENTRIES = 1000;

/** The part of `level` that the store uses. */
export interface Database {
  iterator(): { nextv(count: number): Promise<[string, string][]>; close(): Promise<void> };
  batch(changes: Change[], options: { sync: boolean }): Promise<void>;
  close(): Promise<void>;
}
export type OpenDatabase = (path: string, options?: { create?: boolean }) => Promise<Database>;

/** Another process has the database open. */
export class StoreInUse extends Error {}

/** LevelDB's words for a lock that this process has, and the system's for one that another process has. */
const HELD = /already held by process|resource temporarily unavailable/i;

/**
 * Whether another one holds the lock of a database that could not be opened. `level` gives the same code for every failure
 * of the lock, such as that of a file system without locks.
 */
function isHeld(reason: unknown): boolean {
  if (errorCode(reason) !== 'LEVEL_LOCKED') return false;
  // The words of Windows depend on its language.
  return process.platform === 'win32' || HELD.test(messageOf(reason));
}

/** Returns the directory of `level` in the store's directory. The journal lies beside it. */
export const databasePath = (storePath: string): string => path.join(storePath, 'level');

/**
 * Opens a database. Only with `create` it makes one that is not there: LevelDB deletes the tables of a database whose
 * CURRENT is lost when it makes an empty one in its place.
 * @throws Error if another process has it open, it is not there, or it can't be read
 */
export async function openLevel(path: string, { create = false } = {}): Promise<Database> {
  const options = { valueEncoding: 'utf8', cacheSize: 1 << 20, writeBufferSize: 16 << 20, createIfMissing: create };
  const db = new Level<string, string>(path, options);
  try {
    await db.open();
  } catch (e) {
    const reason = e instanceof Error && e.cause !== undefined ? e.cause : e;
    if (isHeld(reason))
      throw new StoreInUse(`${path} is in use by another NameNode: stop that one first`, { cause: e });
    throw new Error(`${path} can't be opened: ${messageOf(reason)}`, { cause: e });
  }
  return {
    iterator: () => db.iterator(),
    close: () => db.close(),
    // This does as db.batch(changes, options) does, at a quarter of its cost. Creates per second depend on it.
    batch: (changes, options) => {
      const batch = db.batch();
      for (const change of changes) {
        if (change.type === 'put') batch.put(change.key, change.value);
        else batch.del(change.key);
      }
      return batch.write(options);
    },
  };
}

/** Makes a database that can be opened from what its tables and logs have. */
export async function repairLevel(path: string): Promise<void> {
  // The method is there in Node alone, and so not in the types of `level`.
  await (Level as unknown as { repair(path: string): Promise<void> }).repair(path);
}

/** Yields all entries in the order of their keys, many at a time. */
export async function* pagesOf(db: Database): AsyncGenerator<[string, string][]> {
  const iterator = db.iterator();
  try {
    for (;;) {
      const entries = await iterator.nextv(READ_ENTRIES);
      if (entries.length === 0) return;
      yield entries;
    }
  } finally {
    await iterator.close();
  }
}
