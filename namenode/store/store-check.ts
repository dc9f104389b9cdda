import fs from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../runtime/log.ts';
import { JOURNAL_FILES } from './edit-journal.ts';
import { databasePath } from './level-database.ts';
import { findLogDamage } from './level-log.ts';
import { NamespaceStore, type StoreOptions } from './store.ts';

const FIX =
  'restore the directory of dfs.namenode.name.dir from a copy, or give the namespace up with `hdfs namenode -format`';

/** A store that must not be used, and the way out. */
export const damagedStore = (storePath: string, reason: string, cause?: unknown): Error =>
  new Error(`${storePath} is damaged: ${reason}: ${FIX}`, { cause });

/**
 * Looks at a store before it is opened: files that are gone would be made anew, empty, and LevelDB leaves out what it
 * can't read of its log. A last write that was cut short by a crash is left out: the journal still has it.
 * @throws Error with the reason and the way out
 */
export async function checkStore(storePath: string, log: Logger): Promise<void> {
  await listFiles(storePath, storePath, JOURNAL_FILES);
  const database = databasePath(storePath);
  const files = await listFiles(storePath, database, ['CURRENT']);
  for (const file of files.filter((f) => f.endsWith('.log')).sort()) {
    const bytes = await fs.readFile(path.join(database, file));
    const damage = findLogDamage(bytes);
    if (damage === undefined) continue;
    if (damage.batchesFollow) {
      const where = `the log ${file} can't be read at byte ${damage.at} of ${bytes.length}`;
      throw damagedStore(storePath, `${where}, and acknowledged changes follow there`);
    }
    log.warn(
      { file, bytes: bytes.length - damage.at },
      'The last write to the store was cut short: the journal has it',
    );
  }
}

/**
 * Opens the store of a NameNode that was formatted.
 * @throws Error when another NameNode has it open, or it is damaged
 */
export async function openStore(storePath: string, log: Logger, options: StoreOptions): Promise<NamespaceStore> {
  await checkStore(storePath, log);
  try {
    return await NamespaceStore.open(storePath, options);
  } catch (e) {
    if (isInUse(e)) throw e;
    const reason = reasonOf(e);
    if (isOfTheDisk(reason)) {
      throw new Error(`${storePath} can't be opened: ${reason}: free some space or mend the disk, nothing is lost`, {
        cause: e,
      });
    }
    throw damagedStore(storePath, `it can't be opened (${reason})`, e);
  }
}

/** @throws Error when another NameNode has the store open. One that is damaged is in nobody's use. */
export async function checkNotInUse(storePath: string): Promise<void> {
  try {
    await (await NamespaceStore.open(storePath)).close();
  } catch (e) {
    if (isInUse(e)) throw e;
  }
}

/** What LevelDB says, below what its wrappers do. */
const reasonOf = (e: unknown): string =>
  e instanceof Error && e.cause instanceof Error ? reasonOf(e.cause) : e instanceof Error ? e.message : String(e);

/** LevelDB passes the system's words on, not its codes. */
const isOfTheDisk = (reason: string): boolean =>
  /no space left|quota exceeded|read-only file system|permission denied|input\/output error|file too large|too many open/i.test(
    reason,
  );

const isInUse = (e: unknown): boolean =>
  e instanceof Error && (('code' in e && e.code === 'LEVEL_LOCKED') || isInUse(e.cause));

/**
 * Gives all keys of the store to `add` and returns what `finish` makes of them.
 * @throws Error with the reason and the way out
 */
export async function loadStore<T>(
  store: NamespaceStore,
  storePath: string,
  add: (key: string, value: string) => void,
  finish: () => T,
): Promise<T> {
  try {
    await store.load(add);
    return finish();
  } catch (e) {
    throw damagedStore(storePath, (e as Error).message, e);
  }
}

/** The names of a directory's files. @throws Error when one of `needed` is not among them */
async function listFiles(storePath: string, directory: string, needed: readonly string[]): Promise<string[]> {
  let files: string[];
  try {
    files = await fs.readdir(directory);
  } catch (e) {
    throw damagedStore(storePath, `it can't be listed (${(e as Error).message})`, e);
  }
  for (const file of needed) if (!files.includes(file)) throw damagedStore(storePath, `its file ${file} is missing`);
  return files;
}
