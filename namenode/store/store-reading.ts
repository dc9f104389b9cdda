/** Reads one directory of the store at start-up: its head, its journal, and then every key in one pass. */
import type { Change } from '../command/change.ts';
import { CALLS_KEY } from './answered-calls.ts';
import { readJournal, type StoredJournalFile } from './journal/journal-files.ts';
import { contentAfter, type JournalRun } from './journal/journal-run.ts';
import { readStored } from './level/checked-value.ts';
import { type Database, databasePath, type OpenDatabase, pagesOf } from './level/level-database.ts';
import { StoreDigest } from './level/store-digest.ts';
import { differenceOf, EPOCH_KEY, HEAD_KEY, isOwnKey, readHead, type StoreHead } from './store-head.ts';

/** The moment up to which a store has seen the changes: its last start, and its last batch, which is a transaction. */
export interface Moment {
  readonly epoch: number;
  readonly number: number;
}

/** A directory of the store that was opened and whose head and journal are whole. Its keys are not read yet. */
export interface FoundStore extends Moment {
  readonly path: string;
  readonly db: Database;
  readonly head: StoreHead;
  readonly journal: readonly StoredJournalFile[];
  /** The changes that the journal has and `level` has not, the last of each key, and the calls that they answered. */
  readonly unapplied: Map<string, Change>;
  readonly calls: readonly string[];
  /** The newest run of the journal. */
  readonly run: JournalRun | undefined;
}

/** Returns a number above 0 if `a` is newer than `b`, below 0 if it is older, and 0 for stores of the same moment. */
export function compareAge(a: Moment, b: Moment): number {
  return a.epoch - b.epoch || a.number - b.number;
}

/** The moment of a store, as messages name it. */
export const momentText = ({ epoch, number }: Moment): string => `epoch ${epoch}, last transaction ${number}`;

/** A message names at most this many damaged keys. */
const KEYS_NAMED = 3;

/**
 * Opens a directory of the store. The caller closes `db`.
 * @throws Error if another process has it open, it can't be read, or its head or journal is damaged
 */
export async function findStore(path: string, open: OpenDatabase): Promise<FoundStore> {
  const db = await open(databasePath(path));
  try {
    const own = await readOwnKeys(db);
    const stored = own.get(HEAD_KEY);
    if (stored === undefined) throw new Error(`its key ${HEAD_KEY} is lost`);
    const head = readHead(stored);
    if (head === undefined) throw new Error(`its key ${HEAD_KEY} is damaged`);
    const journal = await readJournal(path);
    const { records, run } = contentAfter(head.number, journal, head.run);
    const unapplied = new Map<string, Change>();
    const calls: string[] = [];
    for (const change of records.flatMap((record) => record.changes)) {
      if (change.key !== CALLS_KEY) unapplied.set(change.key, change);
      else if (change.type === 'put') calls.push(change.value);
    }
    const epoch = epochOf(own, unapplied);
    const madeIn = Math.max(...journal.map((file) => file.epoch));
    if (epoch < madeIn) throw new Error(`it is of start ${epoch}, and its edits are of start ${madeIn} or later`);
    return {
      path,
      db,
      head,
      journal,
      number: head.number + records.length,
      epoch,
      unapplied,
      calls,
      run: run ?? head.run,
    };
  } catch (e) {
    await db.close();
    throw e;
  }
}

/** Reads the store's own keys, which lie before all others. */
export async function readOwnKeys(db: Database): Promise<Map<string, string>> {
  const own = new Map<string, string>();
  for await (const entries of pagesOf(db)) {
    for (const [key, stored] of entries) {
      if (!isOwnKey(key)) return own;
      own.set(key, stored);
    }
  }
  return own;
}

function epochOf(own: ReadonlyMap<string, string>, unapplied: ReadonlyMap<string, Change>): number {
  const change = unapplied.get(EPOCH_KEY);
  if (change?.type === 'put') return Number(change.value);
  const read = readStored(EPOCH_KEY, own.get(EPOCH_KEY) ?? '');
  return read === undefined ? 0 : Number(read.text);
}

/** The faults of a directory's keys. */
export interface KeyDamage {
  /** The keys whose checksum does not fit. */
  readonly damaged: readonly string[];
  /** The difference between the keys and those that the head counted. */
  readonly difference: string | undefined;
}

/**
 * Reads every key of `level` but the head, checks it, and gives it to `visit` if it is whole.
 * @returns the digest of the keys that are whole, and the keys that are not
 */
export async function scanKeys(
  db: Database,
  visit: (key: string, text: string) => void,
): Promise<{ digest: StoreDigest; damaged: string[] }> {
  const digest = new StoreDigest();
  const damaged: string[] = [];
  for await (const entries of pagesOf(db)) {
    for (const [key, stored] of entries) {
      if (key === HEAD_KEY) continue;
      const read = readStored(key, stored);
      if (read === undefined) damaged.push(key);
      else {
        digest.put(key, read.checksum);
        visit(key, read.text);
      }
    }
  }
  return { digest, damaged };
}

/**
 * Gives every key to `visit`, as the journal has left it.
 * @returns the digest of the keys that `level` has
 * @throws Error that names the damage
 */
export async function loadKeys(found: FoundStore, visit: (key: string, text: string) => void): Promise<StoreDigest> {
  const { db, head, unapplied } = found;
  const { digest, damaged } = await scanKeys(db, (key, text) => {
    if (!unapplied.has(key)) visit(key, text);
  });
  // A damaged key is there, whatever its value: only the others can be lost.
  const difference = damaged.length === 0 ? differenceOf(digest.sum, head.digest) : undefined;
  const reason = damageText({ damaged, difference });
  if (reason !== undefined) throw new Error(reason);
  for (const change of unapplied.values()) if (change.type === 'put') visit(change.key, change.value);
  return digest;
}

/** Returns what is wrong in words; undefined if nothing is. */
export function damageText({ damaged, difference }: KeyDamage): string | undefined {
  if (damaged.length === 0) return difference;
  const named = damaged.slice(0, KEYS_NAMED).join(', ');
  const more = damaged.length > KEYS_NAMED ? ` and ${damaged.length - KEYS_NAMED} more` : '';
  return `the checksum of ${named}${more} does not fit`;
}
