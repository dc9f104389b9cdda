/** The bytes of a batch in the journal, and how they are found again among damaged ones. Pure. */
import { crc } from '../../../protocol/checksum/crc.ts';
import type { Change } from '../../command/change.ts';

/**
 * A batch of changes. In the journal (edit-journal.ts) a record begins at a multiple of 64 bytes, and zeros fill the room
 * up to the next one. Numbers are big-endian:
 *
 *   ┌───────────┬───────────────┬────────────────────┬───────────────┬────────┬─────┬───────┐
 *   │ mark, 4 B │ length of the │ CRC32C of all that │ number of the │ change │ ... │ zeros │
 *   │           │ rest, 4 B     │ follows, 4 B       │ batch, 6 B    │        │     │       │
 *   └───────────┴───────────────┴────────────────────┴───────────────┴────────┴─────┴───────┘
 *
 * The length is without the zeros. A change is: 1 B 'p' (put) or 'd' (delete), 2 B length of the key, 4 B length of the
 * value, key, value (UTF-8).
 */
export interface EditRecord {
  /** Batches have the numbers 1, 2, 3, ... without gaps. */
  readonly number: number;
  readonly changes: Change[];
}

/**
 * The secret of a journal file. Clients choose bytes that lie in the journal. They know neither the mark nor the CRC's
 * seed, and so cannot write bytes that look like a record.
 */
export interface RecordSeal {
  readonly mark: number;
  readonly crcSeed: number;
}

/** Returns the seal of a file by the salt in the file's header. */
export const sealOf = (salt: Uint8Array): RecordSeal => ({
  mark: new DataView(salt.buffer, salt.byteOffset, salt.length).getUint32(0),
  crcSeed: crc('CRC32C', salt),
});

/** Records begin at multiples of this. It made no difference to the speed of commits: see edit-journal.md. */
export const RECORD_ALIGNMENT = 64;
const LENGTH_AT = 4;
const CRC_AT = 8;
const NUMBER_AT = 12;
const NUMBER_BYTES = 6;
const HEAD_BYTES = NUMBER_AT + NUMBER_BYTES;
const CHANGE_HEAD_BYTES = 7;
const PUT = 0x70;
const DELETE = 0x64;

const aligned = (at: number): number => Math.ceil(at / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;

/**
 * Writes a record into `target`, from its start. It counts when sealRecord() has put in the mark and the CRC.
 * @returns the record's length in bytes, with the zeros behind it; undefined if the record may not fit
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
  const end = aligned(at);
  if (end > target.length) return undefined;
  target.fill(0, at, end);
  target.writeUInt32BE(at - CRC_AT, LENGTH_AT);
  target.writeUIntBE(number, NUMBER_AT, NUMBER_BYTES);
  return end;
}

/** Gives the encoded record at the start of `record` the mark and the CRC of the file that it goes to. */
export function sealRecord(record: Buffer, seal: RecordSeal): void {
  const end = CRC_AT + record.readUInt32BE(LENGTH_AT);
  record.writeUInt32BE(seal.mark, 0);
  record.writeInt32BE(crc('CRC32C', record.subarray(NUMBER_AT, end), seal.crcSeed), CRC_AT);
}

/** Returns the record at `at`; undefined if no whole record lies there. `end` is where the next one may begin. */
export function decodeRecord(
  bytes: Buffer,
  seal: RecordSeal,
  at: number,
): { record: EditRecord; end: number } | undefined {
  if (at + HEAD_BYTES > bytes.length || bytes.readUInt32BE(at) !== seal.mark) return undefined;
  const length = bytes.readUInt32BE(at + LENGTH_AT);
  const end = at + CRC_AT + length;
  if (length < HEAD_BYTES - CRC_AT || end > bytes.length) return undefined;
  const covered = bytes.subarray(at + NUMBER_AT, end);
  if (crc('CRC32C', covered, seal.crcSeed) !== bytes.readInt32BE(at + CRC_AT)) return undefined;
  const number = covered.readUIntBE(0, NUMBER_BYTES);
  return { record: { number, changes: decodeChanges(covered.subarray(NUMBER_BYTES)) }, end: aligned(end) };
}

/** Decodes changes that follow each other. */
export function decodeChanges(bytes: Buffer): Change[] {
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
