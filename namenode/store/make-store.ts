/** Makes a new store: for a format, for the upgrade of an older one, and for a copy of another directory. */
import { makeDirectories } from '../../runtime/files/make-directories.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Change } from '../command/change.ts';
import { makeJournal } from './journal/journal-files.ts';
import { checksumOf, readStored, storedValue } from './level/checked-value.ts';
import { type Database, databasePath, type OpenDatabase, openLevel, pagesOf } from './level/level-database.ts';
import { StoreDigest } from './level/store-digest.ts';
import { EPOCH_KEY, HEAD_KEY, headChange } from './store-head.ts';

const DIRECTORY_MODE = 0o700;
const BATCH_KEYS = 1000;

/** A page of keys with their values. */
export type Entries = readonly (readonly [key: string, text: string])[];

export interface NewStore {
  /** The number of the last batch whose changes are among `pages`. */
  readonly number: number;
  readonly epoch: number;
  /** All keys but the head and the epoch. */
  readonly pages: AsyncIterable<Entries> | Iterable<Entries>;
}

export interface MakeOptions {
  readonly openDatabase?: OpenDatabase;
  /** The length of each journal file. */
  readonly journalBytes?: number;
}

/** The store of a namespace that begins. */
export const EMPTY_STORE: NewStore = { number: 0, epoch: 0, pages: [] };

/** A store that has no changes outside `level`. */
export interface CopySource {
  readonly db: Database;
  readonly number: number;
  readonly epoch: number;
}

/** Makes a store with the content of another. @throws Error if a value of the other is damaged */
export async function copyStore(
  storePath: string,
  { db, number, epoch }: CopySource,
  options?: MakeOptions,
): Promise<void> {
  await makeStore(storePath, { number, epoch, pages: textsOf(db) }, options);
}

async function* textsOf(db: Database): AsyncGenerator<Entries> {
  for await (const entries of pagesOf(db)) {
    yield entries
      .filter(([key]) => key !== HEAD_KEY && key !== EPOCH_KEY)
      .map(([key, stored]) => {
        const read = readStored(key, stored);
        if (read === undefined) throw new Error(`the checksum of ${key} does not fit`);
        return [key, read.text] as const;
      });
  }
}

/** Makes a store with these keys, durably. @throws Error if there is one at the path */
export async function makeStore(storePath: string, content: NewStore, options: MakeOptions = {}): Promise<void> {
  const { number, epoch, pages } = content;
  const { openDatabase = openLevel, journalBytes } = options;
  await makeDirectories(storePath, DIRECTORY_MODE);
  await makeJournal(storePath, epoch, journalBytes);
  const db = await openDatabase(databasePath(storePath), { create: true });
  try {
    const digest = new StoreDigest();
    const put = (key: string, text: string): Change => {
      const checksum = checksumOf(key, text);
      digest.put(key, checksum);
      return { type: 'put', key, value: storedValue(checksum, text) };
    };
    let batch: Change[] = [put(EPOCH_KEY, String(epoch))];
    for await (const entries of pages) {
      for (const [key, text] of entries) batch.push(put(key, text));
      if (batch.length < BATCH_KEYS) continue;
      await db.batch(batch, { sync: true });
      batch = [];
    }
    await db.batch([...batch, headChange({ number, digest: digest.sum, run: undefined })], { sync: true });
  } finally {
    await db.close();
  }
  await syncDirectory(storePath);
}
