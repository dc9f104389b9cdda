/**
 * The record of a volume's meta headers. No checksum covers a header, and that of a block of one chunk may tell of larger
 * chunks without contradicting its data. One that rots while the DataNode is down is told by what it was before. The
 * headers of replicas that were finalized since the record was saved stand in the volume's log.
 */
import fs from 'node:fs/promises';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { isFailure } from '../../runtime/bug.ts';
import { errorCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { nextTurn } from '../../runtime/promises.ts';
import type { Volume } from '../volumes/volume.ts';
import { type ChecksumSpec, decodeMetaHeader, encodeMetaHeader, META_HEADER_BYTES } from './meta-header.ts';

/** The header of one replica's meta file. */
export interface KnownHeader {
  readonly blockId: number;
  readonly generationStamp: number;
  readonly spec: ChecksumSpec;
}

/** The first bytes of the file: its kind and version. */
const MAGIC = Buffer.from('CMH1');
const CHECKSUM_BYTES = 4;
const ENTRY_BYTES = 8 + 8 + META_HEADER_BYTES;
const LOG_ENTRY_BYTES = ENTRY_BYTES + CHECKSUM_BYTES;
/** The entries that are encoded in one turn of the event loop. */
const SLICE_ENTRIES = 5000;

/** The record's file, beside the cursor of the block scanner. */
export const headerRecordFile = (volume: Volume): string => volume.poolPath('meta-headers');

/**
 * Returns the record of some headers:
 *
 *     +-----------+-----------------------------------------------------------------+----------------
 *     | CMH1  4   | { block id  i64, generation stamp  i64, meta header  7 bytes } … | CRC32C of all
 *     +-----------+-----------------------------------------------------------------+----------------
 */
export async function encodeHeaderRecord(headers: readonly KnownHeader[]): Promise<Buffer> {
  const end = MAGIC.length + headers.length * ENTRY_BYTES;
  const bytes = Buffer.alloc(end + CHECKSUM_BYTES);
  MAGIC.copy(bytes);
  for (const [i, header] of headers.entries()) {
    if (i % SLICE_ENTRIES === SLICE_ENTRIES - 1) await nextTurn();
    encodeEntry(header, bytes, MAGIC.length + i * ENTRY_BYTES);
  }
  checksumOf(bytes.subarray(0, end)).copy(bytes, end);
  return bytes;
}

/** Returns the headers of a record by block id; undefined if the record is damaged. */
export function decodeHeaderRecord(bytes: Buffer): Map<number, KnownHeader> | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < MAGIC.length || (end - MAGIC.length) % ENTRY_BYTES !== 0) return undefined;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!checksumOf(bytes.subarray(0, end)).equals(bytes.subarray(end))) return undefined;
  const headers = new Map<number, KnownHeader>();
  for (let at = MAGIC.length; at < end; at += ENTRY_BYTES) {
    const header = decodeEntry(bytes, at);
    headers.set(header.blockId, header);
  }
  return headers;
}

/** Returns the log's entry of a header: the record's entry, and a CRC32C of it. */
export function encodeLogEntry(header: KnownHeader): Buffer {
  const bytes = Buffer.alloc(LOG_ENTRY_BYTES);
  encodeEntry(header, bytes, 0);
  checksumOf(bytes.subarray(0, ENTRY_BYTES)).copy(bytes, ENTRY_BYTES);
  return bytes;
}

/** Yields the headers of a file of the log. An entry that was torn by a crash, or is damaged, is left out. */
export function* decodeLog(bytes: Buffer): Generator<KnownHeader> {
  for (let at = 0; at + LOG_ENTRY_BYTES <= bytes.length; at += LOG_ENTRY_BYTES) {
    const checksum = bytes.subarray(at + ENTRY_BYTES, at + LOG_ENTRY_BYTES);
    if (checksumOf(bytes.subarray(at, at + ENTRY_BYTES)).equals(checksum)) yield decodeEntry(bytes, at);
  }
}

function encodeEntry({ blockId, generationStamp, spec }: KnownHeader, bytes: Buffer, at: number): void {
  bytes.writeBigInt64BE(BigInt(blockId), at);
  bytes.writeBigInt64BE(BigInt(generationStamp), at + 8);
  encodeMetaHeader(spec).copy(bytes, at + 16);
}

function decodeEntry(bytes: Buffer, at: number): KnownHeader {
  const blockId = Number(bytes.readBigInt64BE(at));
  const generationStamp = Number(bytes.readBigInt64BE(at + 8));
  const spec = decodeMetaHeader(bytes.subarray(at + 16, at + ENTRY_BYTES), 'the record of meta headers');
  return { blockId, generationStamp, spec };
}

const checksumOf = (bytes: Buffer): Buffer => new DataChecksum('CRC32C', bytes.length).compute(bytes);

/** Returns the headers of a volume's record, and of its log, which is newer. A header that neither has is taken as it is found. */
export async function loadHeaders(volume: Volume, log: Logger): Promise<ReadonlyMap<number, KnownHeader>> {
  const file = headerRecordFile(volume);
  const record = await readIfPossible(file, log);
  const known = record && decodeHeaderRecord(record);
  if (record && !known) log.warn({ file }, 'the record of meta headers is damaged, and is made anew');
  const headers = known ?? new Map<number, KnownHeader>();
  for (const logFile of await volume.headerLog.files()) {
    const bytes = await readIfPossible(logFile, log);
    if (bytes) for (const header of decodeLog(bytes)) headers.set(header.blockId, header);
  }
  return headers;
}

async function readIfPossible(file: string, log: Logger): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(file);
  } catch (e) {
    if (!isFailure(e)) throw e;
    if (errorCode(e) !== 'ENOENT') log.warn({ file, err: e }, "known meta headers can't be read");
    return undefined;
  }
}

/** Replaces the record of a volume. @throws the failure of the disk */
export async function saveHeaderRecord(volume: Volume, bytes: Buffer): Promise<void> {
  const file = headerRecordFile(volume);
  await fs.writeFile(`${file}.tmp`, bytes, { flush: true, mode: 0o600 });
  await fs.rename(`${file}.tmp`, file);
}
