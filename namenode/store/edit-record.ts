/** The bytes of a batch in the journal, and how they are found again among damaged ones. Pure. */
import { crc } from '../../protocol/checksum/crc.ts';
import type { Change } from '../command/change.ts';

/**
 * A batch of changes. In the journal (edit-journal.ts) it has this form; numbers are big-endian:
 *
 *   ┌───────────────┬────────────────────┬───────────────┬───────────┬─────┐
 *   │ length of the │ CRC32C of all that │ number of the │ change    │ ... │
 *   │ rest, 4 B     │ follows, 4 B       │ batch, 6 B    │           │     │
 *   └───────────────┴────────────────────┴───────────────┴───────────┴─────┘
 *
 * A change is: 1 B 'p' (put) or 'd' (delete), 2 B length of the key, 4 B length of the value, key, value (UTF-8).
 */
export interface EditRecord {
  /** Batches have the numbers 1, 2, 3, ... without gaps. */
  readonly number: number;
  readonly changes: Change[];
}

const LENGTH_BYTES = 4;
const CRC_BYTES = 4;
const NUMBER_BYTES = 6;
const HEAD_BYTES = LENGTH_BYTES + CRC_BYTES + NUMBER_BYTES;
const CHANGE_HEAD_BYTES = 7;
const PUT = 0x70;
const DELETE = 0x64;
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Writes a record into `target`, from its start.
 * @returns the record's length in bytes; undefined if the record may not fit
 */
export function encodeRecord(target: Buffer, number: number, changes: Iterable<Change>): number | undefined {
  let at = HEAD_BYTES;
  for (const change of changes) {
    const value = change.type === 'put' ? change.value : '';
    // A UTF-16 unit has at most 3 bytes in UTF-8.
    if (at + CHANGE_HEAD_BYTES + 3 * (change.key.length + value.length) > target.length) return undefined;
    const keyBytes = target.write(change.key, at + CHANGE_HEAD_BYTES);
    const valueBytes = target.write(value, at + CHANGE_HEAD_BYTES + keyBytes);
    target[at] = change.type === 'put' ? PUT : DELETE;
    target.writeUInt16BE(keyBytes, at + 1);
    target.writeUInt32BE(valueBytes, at + 3);
    at += CHANGE_HEAD_BYTES + keyBytes + valueBytes;
  }
  target.writeUInt32BE(at - LENGTH_BYTES, 0);
  target.writeUIntBE(number, LENGTH_BYTES + CRC_BYTES, NUMBER_BYTES);
  target.writeInt32BE(crc('CRC32C', target.subarray(LENGTH_BYTES + CRC_BYTES, at)), LENGTH_BYTES);
  return at;
}

/** Returns the record at `at`; undefined if no whole record lies there. */
export function decodeRecord(bytes: Buffer, at: number): { record: EditRecord; end: number } | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  const end = at + LENGTH_BYTES + length;
  if (length < CRC_BYTES + NUMBER_BYTES || end > bytes.length) return undefined;
  const covered = bytes.subarray(at + LENGTH_BYTES + CRC_BYTES, end);
  if (crc('CRC32C', covered) !== bytes.readInt32BE(at + LENGTH_BYTES)) return undefined;
  const number = covered.readUIntBE(0, NUMBER_BYTES);
  return { record: { number, changes: decodeChanges(covered.subarray(NUMBER_BYTES)) }, end };
}

function decodeChanges(bytes: Buffer): Change[] {
  const changes: Change[] = [];
  for (let at = 0; at < bytes.length; ) {
    const keyAt = at + CHANGE_HEAD_BYTES;
    const valueAt = keyAt + bytes.readUInt16BE(at + 1);
    const end = valueAt + bytes.readUInt32BE(at + 3);
    const key = bytes.toString('utf8', keyAt, valueAt);
    if (bytes[at] === PUT) changes.push({ type: 'put', key, value: bytes.toString('utf8', valueAt, end) });
    else changes.push({ type: 'del', key });
    at = end;
  }
  return changes;
}

/**
 * The records that follow batch number `applied`, from the files of a journal, of which each may hold a run of records
 * from its start and behind it what is left of an older run. A last record that was cut short was never acknowledged.
 * @throws Error when a record is missing or damaged and later ones are there: acknowledged changes are lost
 */
export function recordsAfter(applied: number, files: readonly Buffer[]): EditRecord[] {
  const found = new Map<number, EditRecord>();
  let last = applied;
  for (const bytes of files) {
    for (const record of runAt(bytes, 0)) found.set(record.number, record);
    for (const number of found.keys()) last = Math.max(last, number);
  }
  const records: EditRecord[] = [];
  for (let number = applied + 1; number <= last; number++) {
    const record = found.get(number);
    if (record === undefined) throw new Error(`the edits have batch ${last}, but not ${number}`);
    records.push(record);
  }
  const lost = files.map((bytes) => firstFollowing(bytes, last)).find((n) => n !== undefined);
  if (lost !== undefined) throw new Error(`the edits have batch ${lost}, but not ${last + 1}`);
  return records;
}

/** Yields the records from `at` on, as long as their numbers follow each other. */
function* runAt(bytes: Buffer, at: number): Generator<EditRecord> {
  let next = decodeRecord(bytes, at);
  while (next) {
    yield next.record;
    const following = decodeRecord(bytes, next.end);
    if (following?.record.number !== next.record.number + 1) return;
    next = following;
  }
}

/** Returns the number of a whole record above `last` that lies anywhere in the file, behind damage. */
function firstFollowing(bytes: Buffer, last: number): number | undefined {
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at++) {
    const length = bytes.readUInt32BE(at);
    // Most of a journal was never written. A record may begin within the last bytes of a run of zeros.
    if (length === 0 && ZEROS.equals(bytes.subarray(at, at + ZEROS.length))) at += ZEROS.length - LENGTH_BYTES;
    if (length < CRC_BYTES + NUMBER_BYTES || length > bytes.length - at - LENGTH_BYTES) continue;
    const number = bytes.readUIntBE(at + LENGTH_BYTES + CRC_BYTES, NUMBER_BYTES);
    // Behind a damaged batch lie the batches that were written after it: fewer than the file has bytes.
    if (number <= last || number > last + bytes.length) continue;
    if (decodeRecord(bytes, at)) return number;
  }
  return undefined;
}
