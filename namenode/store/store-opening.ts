/** The steps by which a directory of the store that was found is loaded and opened for writing. */
import type { RetryCacheLimits } from '../../protocol/rpc/retry-cache.ts';
import { settled } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { type AnsweredCall, AnsweredCalls } from './answered-calls.ts';
import { EditJournal } from './journal/edit-journal.ts';
import type { StoredJournalFile } from './journal/journal-files.ts';
import type { JournalRun } from './journal/journal-run.ts';
import { type OpenDatabase, openLevel } from './level/level-database.ts';
import type { StoreDigest } from './level/store-digest.ts';
import { type Journal, StoreDirectory } from './store-directory.ts';
import { isOwnKey } from './store-head.ts';
import { type FoundStore, loadKeys } from './store-reading.ts';

export interface LoadOptions {
  readonly retryCacheLimits?: RetryCacheLimits;
  readonly clock?: Clock;
}

export type OpenJournal = (
  directory: string,
  files: readonly StoredJournalFile[],
  run: JournalRun | undefined,
) => Promise<Journal>;

export interface OpenOptions {
  readonly openDatabase?: OpenDatabase;
  readonly openJournal?: OpenJournal;
  readonly clock?: Clock;
}

/** A store whose keys are all read and whole. */
export interface LoadedStore {
  readonly found: FoundStore;
  /** The digest of the keys that `level` has. */
  readonly digest: StoreDigest;
  /** The calls that `level` lacks, and the keys of those that it has. */
  readonly calls: AnsweredCalls;
  /** The calls that were answered before. */
  readonly restored: readonly AnsweredCall[];
}

/**
 * Reads all keys of a store, and gives those of the namespace to `add`.
 * @throws Error that names the damage
 */
export async function loadStore(
  found: FoundStore,
  add: (key: string, value: string) => void,
  { retryCacheLimits, clock = systemClock }: LoadOptions = {},
): Promise<LoadedStore> {
  const calls = new AnsweredCalls(retryCacheLimits);
  const restored: AnsweredCall[] = [];
  const nowMs = clock.monotonicMs();
  const digest = await loadKeys(found, (key, value) => {
    if (!isOwnKey(key)) add(key, value);
    else for (const call of calls.load(key, value, nowMs)) restored.push(call);
  });
  for (const text of found.calls) for (const call of calls.addAll(text)) restored.push(call);
  return { found, digest, calls, restored };
}

/** Does as loadStore() does, and closes a store that can't be loaded. */
export async function loadOrClose(...[found, add, options]: Parameters<typeof loadStore>): Promise<LoadedStore> {
  try {
    return await loadStore(found, add, options);
  } catch (e) {
    await settled(found.db.close());
    throw e;
  }
}

/** Opens the journal of a directory for writing. */
export async function openDirectory(found: FoundStore, options: OpenOptions): Promise<StoreDirectory> {
  const { openDatabase: open = openLevel, clock = systemClock } = options;
  const { openJournal = (...journal) => EditJournal.open(...journal, clock) } = options;
  const { path, db, head, number } = found;
  const journal = await openJournal(path, found.journal, found.run);
  return new StoreDirectory({ path, open, db, journal, applied: { number: head.number, witness: head.run }, number });
}
