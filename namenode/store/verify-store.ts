/** Checks one directory of the store without changing what it holds, for `hdfs namenode -verify`. */
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { openLevel } from './level/level-database.ts';
import { nameOfKey } from './mend-namespace.ts';
import type { Loader } from './name-directories.ts';
import { findCheckedStore } from './store-check.ts';
import { differenceOf, isOwnKey } from './store-head.ts';
import { type FoundStore, scanKeys } from './store-reading.ts';

/** The result of the check of a directory. */
export interface Verification {
  readonly keys: number;
  readonly epoch: number;
  readonly number: number;
  /** One sentence for each damage. */
  readonly findings: readonly string[];
}

/**
 * Checks a store: its files, its journal, each checksum, the digest, and that a NameNode can load it. LevelDB has no way to
 * open a database for reading alone: its log goes to a table, as at each start.
 * @throws Error if a NameNode has it open, or the disk does not give it
 */
export async function verifyStore(storePath: string, log: Logger, loader: Loader<unknown>): Promise<Verification> {
  const found = await findCheckedStore(storePath, log, openLevel);
  try {
    return await verifyFound(found, loader);
  } finally {
    await found.db.close();
  }
}

async function verifyFound(found: FoundStore, loader: Loader<unknown>): Promise<Verification> {
  const { db, head, journal, unapplied, epoch, number } = found;
  const findings = journal
    .filter(({ headers }) => headers < 2)
    .map(({ name }) => `one of the two headers of ${name} is damaged`);
  const entries = new Map<string, string>();
  const { digest, damaged } = await scanKeys(db, (key, text) => {
    if (!isOwnKey(key)) entries.set(key, text);
  });
  for (const key of damaged) findings.push(`the checksum does not fit: ${nameOfKey(entries, key)}`);
  const difference = damaged.length === 0 ? differenceOf(digest.sum, head.digest) : undefined;
  if (difference !== undefined) findings.push(difference);
  for (const [key, change] of unapplied) {
    if (change.type === 'put' && !isOwnKey(key)) entries.set(key, change.value);
    else entries.delete(key);
  }
  // A full read would find the same damage once more.
  if (findings.length === 0) findings.push(...loadErrors(entries, loader));
  return { keys: head.digest.keys, epoch, number, findings };
}

function loadErrors(entries: ReadonlyMap<string, string>, loader: Loader<unknown>): string[] {
  try {
    for (const [key, value] of entries) loader.add(key, value);
    loader.finish();
    return [];
  } catch (e) {
    return [messageOf(e)];
  }
}
