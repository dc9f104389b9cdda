/** Finds damage in a write-ahead log of LevelDB that LevelDB itself would pass over in silence. Pure. */
import { crc } from '../../../protocol/checksum/crc.ts';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
/** The types of fragments: a whole batch, its first part, its last part. The type between them is a middle part. */
const FULL = 1;
const FIRST = 2;
const LAST = 4;
const CRC_MASK_DELTA = 0xa282ead8;

/** The damage of a log. */
export interface LogDamage {
  /** The offset of the first bytes that are not a whole batch. */
  readonly at: number;
  /** Whether whole batches follow. Then the damage is no write that was cut short, and acknowledged changes are lost. */
  readonly batchesFollow: boolean;
}

/**
 * Reads a write-ahead log as LevelDB's reader does, and tells of the bytes that LevelDB would leave out in silence. The log
 * is a row of blocks of 32 KiB, and no fragment lies in two blocks. A fragment is
 *
 *   ┌───────────────────────────┬────────────────┬─────────┬──────┐
 *   │ masked CRC32C of the rest │ length, 2 B LE │ type 1B │ data │
 *   │ 4 B LE                    │                │         │      │
 *   └───────────────────────────┴────────────────┴─────────┴──────┘
 *
 * Returns undefined if the whole log is whole batches.
 */
export function findLogDamage(log: Uint8Array): LogDamage | undefined {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  let at = 0;
  /** The offset of a batch whose last part has not come yet. */
  let open: number | undefined;
  while (at < log.length) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at += left;
      continue;
    }
    const fragment = fragmentAt(log, view, at);
    if (fragment === undefined) return { at: open ?? at, batchesFollow: hasBatchAfter(log, view, at + 1) };
    const begins = fragment.type === FULL || fragment.type === FIRST;
    if (begins !== (open === undefined))
      return { at: open ?? at, batchesFollow: begins || hasBatchAfter(log, view, at) };
    if (fragment.type === FIRST) open = at;
    else if (fragment.type === LAST) open = undefined;
    at = fragment.end;
  }
  return open === undefined ? undefined : { at: open, batchesFollow: false };
}

function fragmentAt(log: Uint8Array, view: DataView, at: number): { type: number; end: number } | undefined {
  const blockEnd = Math.min(log.length, at - (at % BLOCK_BYTES) + BLOCK_BYTES);
  if (at + HEADER_BYTES > blockEnd) return undefined;
  const type = view.getUint8(at + 6);
  const end = at + HEADER_BYTES + view.getUint16(at + 4, true);
  if (type < FULL || type > LAST || end > blockEnd) return undefined;
  const actual = mask(crc('CRC32C', log.subarray(at + 6, end)));
  return actual === view.getUint32(at, true) ? { type, end } : undefined;
}

const mask = (value: number): number => (((value >>> 15) | (value << 17)) + CRC_MASK_DELTA) >>> 0;

/** Whether a batch begins anywhere behind `from`. The damage may be in a length, so every byte is tried. */
function hasBatchAfter(log: Uint8Array, view: DataView, from: number): boolean {
  for (let at = from; at + HEADER_BYTES <= log.length; at++) {
    const type = view.getUint8(at + 6);
    if ((type === FULL || type === FIRST) && fragmentAt(log, view, at) !== undefined) return true;
  }
  return false;
}
