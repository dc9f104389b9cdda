/** Checks a store before it is used: damage and failures of the disk are told with the way out, and never passed over. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { JOURNAL_FILES } from './journal/journal-files.ts';
import { databasePath, type OpenDatabase, openLevel, StoreInUse } from './level/level-database.ts';
import { findLogDamage } from './level/level-log.ts';
import { type FoundStore, findStore } from './store-reading.ts';

const FIX =
  'restore the directory of dfs.namenode.name.dir from a copy, save what is left with `hdfs namenode -recover`, ' +
  'or give the namespace up with `hdfs namenode -format`. ' +
  'From an older copy, the NameNode lacks the files made since then: it stays in safe mode while DataNodes report blocks ' +
  'of such files, and keeps these blocks until `hdfs dfsadmin -safemode forceExit`';

/** A store that must not be used. */
export class DamagedStore extends Error {}

/** A store that the disk does not give. */
export class UnreadableStore extends Error {}

/** Returns the error for a store that must not be used: the reason and the way out. */
export const damagedStore = (storePath: string, reason: string, cause?: unknown): Error =>
  new DamagedStore(`${storePath} is damaged: ${reason}: ${FIX}`, { cause });

/**
 * Returns the error for a store that can't be read. A disk that fails proves no damage: nobody may be advised to give the
 * namespace up for it.
 */
function unreadableStore(storePath: string, what: string, cause: unknown): Error {
  const reason = reasonOf(cause);
  if (!isOfTheDisk(cause)) return damagedStore(storePath, `${what} (${reason})`, cause);
  const wayOut = 'mend the disk, its free space or its permissions and start the NameNode again, nothing was changed';
  return new UnreadableStore(`${storePath} can't be read: ${what} (${reason}): ${wayOut}`, { cause });
}

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
    const bytes = await readLog(storePath, path.join(database, file));
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
 * Checks and opens the store of a directory.
 * @throws Error if another NameNode has it open, the disk fails, or it is damaged: with the reason and the way out
 */
export async function findCheckedStore(storePath: string, log: Logger, open: OpenDatabase): Promise<FoundStore> {
  await checkStore(storePath, log);
  try {
    return await findStore(storePath, open);
  } catch (e) {
    throw openFailure(storePath, e);
  }
}

/** Returns the error for a store that could not be opened or loaded. */
export function openFailure(storePath: string, e: unknown): unknown {
  if (isInUse(e)) return e;
  if (isOfLevel(e) || isOfTheDisk(e)) return unreadableStore(storePath, "it can't be opened", e);
  return damagedStore(storePath, messageOf(e), e);
}

/**
 * Checks that a store may be replaced. A store that is damaged is not in use.
 * @throws Error if another NameNode has the store open, or if the disk does not say
 */
export async function checkNotInUse(storePath: string): Promise<void> {
  try {
    await (await openLevel(databasePath(storePath))).close();
  } catch (e) {
    if (isInUse(e)) throw e;
    if (isOfTheDisk(e)) throw unreadableStore(storePath, "it can't be opened", e);
  }
}

/** Returns the message of the innermost cause: LevelDB's own, below those of its wrappers. */
const reasonOf = (e: unknown): string =>
  e instanceof Error && e.cause instanceof Error ? reasonOf(e.cause) : messageOf(e);

/** A file of the store is gone or is something else. Node gives the system's code, and LevelDB the system's words. */
const MISSING_CODES: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'EISDIR'];
const MISSING_WORDS = /no such file|not a directory|is a directory/i;

/** Whether the disk failed and not the store. */
function isOfTheDisk(e: unknown): boolean {
  if (!(e instanceof Error)) return false;
  if (errorCode(e) === 'LEVEL_IO_ERROR') return !MISSING_WORDS.test(e.message);
  // A lock that nobody holds, and that the file system does not give.
  if (errorCode(e) === 'LEVEL_LOCKED') return true;
  if ('syscall' in e) return !MISSING_CODES.includes(errorCode(e));
  return isOfTheDisk(e.cause);
}

/** Whether an error or one of its causes has a code of `level` that fits. */
const hasLevelCode = (e: unknown, fits: (code: string) => boolean): boolean =>
  e instanceof Error && (fits(errorCode(e) ?? '') || hasLevelCode(e.cause, fits));

const isOfLevel = (e: unknown): boolean => hasLevelCode(e, (code) => code.startsWith('LEVEL_'));

/** Whether opening failed because another process has the store open. */
export const isInUse = (e: unknown): boolean => e instanceof StoreInUse;

async function readLog(storePath: string, file: string): Promise<Buffer> {
  try {
    return await fs.readFile(file);
  } catch (e) {
    throw unreadableStore(storePath, `the log ${path.basename(file)} can't be read`, e);
  }
}

/** Lists the files of a directory. @throws Error if one of `needed` is not among them */
async function listFiles(storePath: string, directory: string, needed: readonly string[]): Promise<string[]> {
  let files: string[];
  try {
    files = await fs.readdir(directory);
  } catch (e) {
    throw unreadableStore(storePath, "it can't be listed", e);
  }
  for (const file of needed) if (!files.includes(file)) throw damagedStore(storePath, `its file ${file} is missing`);
  return files;
}
