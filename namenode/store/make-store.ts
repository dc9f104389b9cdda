/** Makes a new store: for a format, for the upgrade of an older one, and for a copy of another directory. */
import fs from 'node:fs/promises';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Change } from '../command/change.ts';
import { checksumOf, storedValue } from './checked-value.ts';
import { makeJournal } from './journal-files.ts';
import { databasePath, type OpenDatabase, openLevel } from './level-database.ts';
import { StoreDigest } from './store-digest.ts';
import { EPOCH_KEY, headChange } from './store-head.ts';

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

/** Makes a store with these keys, durably. @throws Error if there is one at the path */
export async function makeStore(storePath: string, content: NewStore, options: MakeOptions = {}): Promise<void> {
  const { number, epoch, pages } = content;
  const { openDatabase = openLevel, journalBytes } = options;
  await fs.mkdir(storePath, { recursive: true, mode: DIRECTORY_MODE });
  await makeJournal(storePath, epoch, journalBytes);
  const db = await openDatabase(databasePath(storePath));
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
