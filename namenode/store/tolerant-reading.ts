/** Reads what is left of a damaged store, for `hdfs namenode -recover`, and tells what is not. */
import fs from 'node:fs/promises';
import { messageOf } from '../../runtime/errors.ts';
import { CALLS_KEY } from './answered-calls.ts';
import type { EditRecord } from './journal/edit-record.ts';
import { JOURNAL_FILES, readJournalFile } from './journal/journal-files.ts';
import { runOf } from './journal/journal-run.ts';
import { readStored } from './level/checked-value.ts';
import { type Database, databasePath, openLevel, pagesOf, repairLevel } from './level/level-database.ts';
import { EPOCH_KEY, HEAD_KEY, isOwnKey, readHead, type StoreHead } from './store-head.ts';

/** The readable part of a store. */
export interface Remains {
  /** The keys of the namespace whose values are whole, with the changes of the journal. */
  readonly entries: Map<string, string>;
  /** The number of the last batch, and the highest epoch that anything names. */
  readonly number: number;
  readonly epoch: number;
  /** The keys that were left out, with what their values seem to say. */
  readonly damaged: Map<string, string>;
  /** The findings, one sentence each. */
  readonly findings: string[];
}

/**
 * Reads a store without refusing anything.
 * @param workPath a copy of the store, which may be changed
 */
export async function readRemains(workPath: string): Promise<Remains> {
  const findings: string[] = [];
  const db = await openOrRepair(workPath, findings);
  try {
    return await readFrom(db, workPath, findings);
  } finally {
    await db.close();
  }
}

async function openOrRepair(workPath: string, findings: string[]): Promise<Database> {
  const database = databasePath(workPath);
  await fs.mkdir(database, { recursive: true });
  const hasCurrent = (await fs.readdir(database)).includes('CURRENT');
  try {
    if (hasCurrent) return await openLevel(database);
    findings.push('The database has no file CURRENT');
  } catch (e) {
    findings.push(`The database can't be opened: ${messageOf(e)}`);
  }
  await repairLevel(database);
  findings.push('LevelDB has put the database together from its tables');
  return openLevel(database);
}

async function readFrom(db: Database, workPath: string, findings: string[]): Promise<Remains> {
  const entries = new Map<string, string>();
  const damaged = new Map<string, string>();
  let head: StoreHead | undefined;
  let epoch = 0;
  let keys = 0;
  for await (const page of pagesOf(db)) {
    for (const [key, stored] of page) {
      if (key === HEAD_KEY) head = readHead(stored);
      else keys++;
      const read = readStored(key, stored);
      if (read === undefined) damaged.set(key, stored);
      else if (key === EPOCH_KEY) epoch = Number(read.text);
      else if (!isOwnKey(key)) entries.set(key, read.text);
    }
  }
  if (head === undefined)
    findings.push('The head of the database is damaged or lost: nobody knows how many keys it had');
  else if (keys < head.digest.keys) {
    findings.push(`${head.digest.keys - keys} of ${head.digest.keys} keys are lost: nobody knows which`);
  } else if (keys > head.digest.keys) findings.push(`${keys - head.digest.keys} keys that were deleted are back`);
  const journal = await readRecords(workPath, head?.number, findings);
  for (const change of journal.records.flatMap((record) => record.changes)) {
    damaged.delete(change.key);
    if (change.key === EPOCH_KEY && change.type === 'put') epoch = Math.max(epoch, Number(change.value));
    else if (change.key === CALLS_KEY || isOwnKey(change.key)) continue;
    else if (change.type === 'put') entries.set(change.key, change.value);
    else entries.delete(change.key);
  }
  const number = Math.max(head?.number ?? 0, journal.records.at(-1)?.number ?? 0);
  return { entries, number, epoch: Math.max(epoch, journal.epoch), damaged, findings };
}

/** Returns the batches after `applied` up to the first one that is missing; all that there are if nobody knows it. */
async function readRecords(
  workPath: string,
  applied: number | undefined,
  findings: string[],
): Promise<{ records: EditRecord[]; epoch: number }> {
  const found: EditRecord[] = [];
  let epoch = 0;
  for (const name of JOURNAL_FILES) {
    try {
      const file = await readJournalFile(workPath, name);
      epoch = Math.max(epoch, file.epoch);
      found.push(...runOf(file));
    } catch (e) {
      findings.push(`The journal is damaged: ${messageOf(e)}`);
    }
  }
  const later = found.filter(({ number }) => number > (applied ?? 0)).sort((a, b) => a.number - b.number);
  let next = applied === undefined ? later[0]?.number : applied + 1;
  const records: EditRecord[] = [];
  for (const record of later) {
    if (record.number !== next) break;
    records.push(record);
    next++;
  }
  const lost = later.at(-1)?.number;
  if (lost !== undefined && records.length < later.length) {
    findings.push(`Batch ${next} of the edits is lost, and so the later ones up to ${lost} are left out`);
  }
  return { records, epoch };
}
