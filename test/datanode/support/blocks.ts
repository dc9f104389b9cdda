/** The block pool, the block and the bytes that the DataNode tests write. */
import { DataChecksum } from '../../../protocol/checksum/checksum.ts';
import type { ExtendedBlockProto } from '../../../protocol/gen/messages.ts';

export const POOL = 'BP-1-127.0.0.1-2';
export const BLOCK_ID = 1073741825;

export function extendedBlock(blockId = BLOCK_ID, generationStamp = 1001, numBytes = 0): ExtendedBlockProto {
  return { poolId: POOL, blockId, generationStamp, numBytes };
}

export const CRC32C = new DataChecksum('CRC32C', 512);

/** A prime number, so that pieces of this length which follow each other differ in every chunk. */
const PIECE_BYTES = 1_000_003;

/** Returns bytes that differ from chunk to chunk. */
export function someBytes(length: number, seed = 1): Buffer {
  if (length > PIECE_BYTES) return Buffer.alloc(length, someBytes(PIECE_BYTES, seed));
  const bytes = Buffer.alloc(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}
