/**
 * The record of a volume's meta headers. No checksum covers a header, and that of a block of one chunk may tell of larger
 * chunks without contradicting its data. One that rots while the DataNode is down is told by what it was before.
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
  for (const [i, { blockId, generationStamp, spec }] of headers.entries()) {
    if (i % SLICE_ENTRIES === SLICE_ENTRIES - 1) await nextTurn();
    const at = MAGIC.length + i * ENTRY_BYTES;
    bytes.writeBigInt64BE(BigInt(blockId), at);
    bytes.writeBigInt64BE(BigInt(generationStamp), at + 8);
    encodeMetaHeader(spec).copy(bytes, at + 16);
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
    const blockId = Number(bytes.readBigInt64BE(at));
    const generationStamp = Number(bytes.readBigInt64BE(at + 8));
    const spec = decodeMetaHeader(bytes.subarray(at + 16, at + ENTRY_BYTES), 'the record of meta headers');
    headers.set(blockId, { blockId, generationStamp, spec });
  }
  return headers;
}

const checksumOf = (bytes: Buffer): Buffer => new DataChecksum('CRC32C', bytes.length).compute(bytes);

/** Reads the record of a volume. Without a record that can be read, each header is taken as it is found. */
export async function loadHeaderRecord(volume: Volume, log: Logger): Promise<ReadonlyMap<number, KnownHeader>> {
  const file = headerRecordFile(volume);
  try {
    const headers = decodeHeaderRecord(await fs.readFile(file));
    if (headers !== undefined) return headers;
    log.warn({ file }, 'the record of meta headers is damaged, and is made anew');
  } catch (e) {
    if (!isFailure(e)) throw e;
    if (errorCode(e) !== 'ENOENT') log.warn({ file, err: e }, "the record of meta headers can't be read");
  }
  return new Map();
}

/** Replaces the record of a volume. @throws the failure of the disk */
export async function saveHeaderRecord(volume: Volume, bytes: Buffer): Promise<void> {
  const file = headerRecordFile(volume);
  await fs.writeFile(`${file}.tmp`, bytes, { flush: true, mode: 0o600 });
  await fs.rename(`${file}.tmp`, file);
}
