/** Checks a store before it is used: damage is told with the way out, and never passed over. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { JOURNAL_FILES } from './edit-journal.ts';
import { databasePath } from './level-database.ts';
import { findLogDamage } from './level-log.ts';
import { NamespaceStore, type StoreOptions } from './store.ts';

const FIX =
  'restore the directory of dfs.namenode.name.dir from a copy, or give the namespace up with `hdfs namenode -format`';

/** Makes the error for a store that must not be used: the reason and the way out. */
export const damagedStore = (storePath: string, reason: string, cause?: unknown): Error =>
  new Error(`${storePath} is damaged: ${reason}: ${FIX}`, { cause });

/**
 * Checks a store before it is opened, because opening makes files that are gone anew and empty, and LevelDB leaves out the
 * part of its log that it can't read. A last write that a crash has cut short is no damage: the journal still has it.
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
 * @throws Error if another NameNode has it open, or it is damaged
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

/** @throws Error if another NameNode has the store open. A store that is damaged is not in use. */
export async function checkNotInUse(storePath: string): Promise<void> {
  try {
    await (await NamespaceStore.open(storePath)).close();
  } catch (e) {
    if (isInUse(e)) throw e;
  }
}

/** Returns the message of the innermost cause: LevelDB's own, below those of its wrappers. */
const reasonOf = (e: unknown): string =>
  e instanceof Error && e.cause instanceof Error ? reasonOf(e.cause) : messageOf(e);

/** Whether the disk failed and not the store: LevelDB passes the system's words on and not its codes. */
const isOfTheDisk = (reason: string): boolean =>
  /no space left|quota exceeded|read-only file system|permission denied|input\/output error|file too large|too many open/i.test(
    reason,
  );

const isInUse = (e: unknown): boolean => e instanceof Error && (errorCode(e) === 'LEVEL_LOCKED' || isInUse(e.cause));

/**
 * Gives all keys of the store to `add`, and returns the result of `finish`.
 * @throws Error with the reason and the way out if the store is damaged
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
    throw damagedStore(storePath, messageOf(e), e);
  }
}

/** Lists the files of a directory. @throws Error if one of `needed` is not among them */
async function listFiles(storePath: string, directory: string, needed: readonly string[]): Promise<string[]> {
  let files: string[];
  try {
    files = await fs.readdir(directory);
  } catch (e) {
    throw damagedStore(storePath, `it can't be listed (${messageOf(e)})`, e);
  }
  for (const file of needed) if (!files.includes(file)) throw damagedStore(storePath, `its file ${file} is missing`);
  return files;
}
