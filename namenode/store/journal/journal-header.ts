/** The header of a journal file, by which a file that was emptied, shortened or zeroed is told from a whole one. Pure. */
import { crc } from '../../../protocol/checksum/crc.ts';

/**
 * The header describes its journal file. It is written once, when the file is made, in two copies: one in each of
 * the first two blocks of 4 KiB, because a disk of today loses a block of that size at a time. Numbers are big-endian:
 *
 *   ┌────────────┬─────────┬────────────────┬───────┬──────────────────┬──────────────────────┐
 *   │ "CALFEDIT" │ layout, │ length of the  │ salt, │ epoch in which   │ CRC32C of all before │
 *   │ 8 B        │ 4 B     │ file, 6 B      │ 16 B  │ it was made, 6 B │ 4 B                  │
 *   └────────────┴─────────┴────────────────┴───────┴──────────────────┴──────────────────────┘
 */
export interface JournalHeader {
  readonly lengthBytes: number;
  readonly salt: Uint8Array;
  /** The epoch of the store in which the file was made; see store-head.ts. */
  readonly epoch: number;
}

/** The offset of the first record. */
export const RECORDS_AT = 8192;
export const SALT_BYTES = 16;
const COPIES = 2;
const COPY_BYTES = RECORDS_AT / COPIES;
const MAGIC = 'CALFEDIT';
const JOURNAL_LAYOUT = 3;
const LENGTH_AT = MAGIC.length + 4;
const SALT_AT = LENGTH_AT + 6;
const EPOCH_AT = SALT_AT + SALT_BYTES;
const CRC_AT = EPOCH_AT + 6;

/** Writes both copies of the header into a new file's bytes. */
export function writeHeader(file: Buffer, { lengthBytes, salt, epoch }: JournalHeader): void {
  for (let at = 0; at < RECORDS_AT; at += COPY_BYTES) {
    const copy = file.subarray(at, at + CRC_AT + 4);
    copy.write(MAGIC, 'latin1');
    copy.writeUInt32BE(JOURNAL_LAYOUT, MAGIC.length);
    copy.writeUIntBE(lengthBytes, LENGTH_AT, 6);
    copy.set(salt, SALT_AT);
    copy.writeUIntBE(epoch, EPOCH_AT, 6);
    copy.writeInt32BE(crc('CRC32C', copy.subarray(0, CRC_AT)), CRC_AT);
  }
}

/** Returns the copies of the header that can be read: none, one or both. */
export function readHeaders(file: Buffer): JournalHeader[] {
  const headers: JournalHeader[] = [];
  for (let at = 0; at < RECORDS_AT; at += COPY_BYTES) {
    const header = readCopy(file.subarray(at, at + COPY_BYTES));
    if (header !== undefined) headers.push(header);
  }
  return headers;
}

function readCopy(copy: Buffer): JournalHeader | undefined {
  if (copy.length < CRC_AT + 4 || copy.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (copy.readInt32BE(CRC_AT) !== crc('CRC32C', copy.subarray(0, CRC_AT))) return undefined;
  return {
    lengthBytes: copy.readUIntBE(LENGTH_AT, 6),
    salt: Buffer.from(copy.subarray(SALT_AT, EPOCH_AT)),
    epoch: copy.readUIntBE(EPOCH_AT, 6),
  };
}
