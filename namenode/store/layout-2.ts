/** Reads a store of layout 2, which had no checksums in `level` and no headers, seals or alignment in the journal. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { crc } from '../../protocol/checksum/crc.ts';
import type { Change } from '../command/change.ts';
import { AnsweredCalls, CALLS_KEY } from './answered-calls.ts';
import { decodeChanges, type EditRecord } from './journal/edit-record.ts';
import { JOURNAL_FILES } from './journal/journal-files.ts';
import { type Database, pagesOf } from './level/level-database.ts';
import type { Entries } from './make-store.ts';

/** The key of the number of the last batch that `level` has. */
const APPLIED_KEY = '!applied';
/** A record: 4 B length of the rest, 4 B CRC32C of all that follows, 6 B number of the batch, changes. */
const CRC_AT = 4;
const NUMBER_AT = 8;
const NUMBER_BYTES = 6;
const HEAD_BYTES = NUMBER_AT + NUMBER_BYTES;

export interface Layout2Store {
  /** The number of the last batch. */
  readonly number: number;
  /** All keys of the namespace and of the answered calls, as the journal has left them. */
  readonly pages: AsyncIterable<Entries>;
}

/** Reads a store whose `level` is open. @throws Error if acknowledged batches are lost */
export async function readLayout2(storePath: string, db: Database): Promise<Layout2Store> {
  let applied = 0;
  const calls = new AnsweredCalls();
  for await (const entries of pagesOf(db)) {
    for (const [key, value] of entries) {
      if (key === APPLIED_KEY) applied = Number(value);
      else if (key.startsWith(CALLS_KEY)) calls.load(key, value, 0);
    }
    // The store's own keys lie before all others.
    if (!entries.at(-1)?.[0].startsWith('!')) break;
  }
  const files = await Promise.all(JOURNAL_FILES.map((name) => fs.readFile(path.join(storePath, name))));
  const records = recordsAfter(applied, files);
  const waiting = new Map<string, Change>();
  for (const change of records.flatMap((record) => record.changes)) {
    if (change.key !== CALLS_KEY) waiting.set(change.key, change);
    else if (change.type === 'put') calls.addAll(change.value);
  }
  for (const change of calls.takeChanges(0)) waiting.set(change.key, change);
  return { number: applied + records.length, pages: pagesWith(db, waiting) };
}

/** Yields the keys of `level` that no waiting change replaces, and then those of the waiting changes. */
async function* pagesWith(db: Database, waiting: ReadonlyMap<string, Change>): AsyncGenerator<Entries> {
  for await (const entries of pagesOf(db)) {
    yield entries.filter(([key]) => key !== APPLIED_KEY && !waiting.has(key));
  }
  yield [...waiting.values()].flatMap((change) => (change.type === 'put' ? [[change.key, change.value] as const] : []));
}

/** Returns the records after batch number `applied`. @throws Error if one is missing before others that are there */
function recordsAfter(applied: number, files: readonly Buffer[]): EditRecord[] {
  const found = new Map<number, EditRecord>();
  for (const bytes of files) {
    for (let next = recordAt(bytes, 0); next; ) {
      found.set(next.record.number, next.record);
      const following = recordAt(bytes, next.end);
      next = following?.record.number === next.record.number + 1 ? following : undefined;
    }
  }
  const last = Math.max(applied, ...found.keys());
  const records: EditRecord[] = [];
  for (let number = applied + 1; number <= last; number++) {
    const record = found.get(number);
    if (record === undefined) throw new Error(`the edits have batch ${last}, but not ${number}`);
    records.push(record);
  }
  const lost = files.map((bytes) => firstFollowing(bytes, last)).find((number) => number !== undefined);
  if (lost !== undefined) throw new Error(`the edits have batch ${lost}, but not ${last + 1}`);
  return records;
}

function recordAt(bytes: Buffer, at: number): { record: EditRecord; end: number } | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const end = at + CRC_AT + bytes.readUInt32BE(at);
  if (end < at + HEAD_BYTES || end > bytes.length) return undefined;
  const covered = bytes.subarray(at + NUMBER_AT, end);
  if (crc('CRC32C', covered) !== bytes.readInt32BE(at + CRC_AT)) return undefined;
  const number = covered.readUIntBE(0, NUMBER_BYTES);
  return { record: { number, changes: decodeChanges(covered.subarray(NUMBER_BYTES)) }, end };
}

/** Returns the number of a whole record above `last` that lies anywhere in the file, behind damage. */
function firstFollowing(bytes: Buffer, last: number): number | undefined {
  for (let at = 0; at + HEAD_BYTES < bytes.length; at++) {
    // No batch was empty: 14 bytes that look like an empty record were chosen by a client.
    if (bytes.readUInt32BE(at) <= HEAD_BYTES - CRC_AT) continue;
    const number = bytes.readUIntBE(at + NUMBER_AT, NUMBER_BYTES);
    if (number > last && number <= last + bytes.length && recordAt(bytes, at)) return number;
  }
  return undefined;
}
