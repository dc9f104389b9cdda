/** LZ4 blocks in Hadoop's framing. */
import { compress, decompress } from 'lz4-wasm-nodejs';
import { BUFFER_BYTES, blockEngine } from './block-framing.ts';
import type { CodecEngine } from './codec.ts';

/** Lz4Codec's estimate of the bytes by which a block may grow. */
const OVERHEAD_BYTES = Math.floor(BUFFER_BYTES / 255) + 16;
/** The library puts the uncompressed length before the block, the low byte first; Hadoop does not. */
const SIZE_BYTES = 4;

export function lz4Engine(): CodecEngine {
  return blockEngine({
    blockBytes: BUFFER_BYTES - OVERHEAD_BYTES,
    compress: (block) => compress(block).subarray(SIZE_BYTES),
    decompress(chunk, most) {
      const length = uncompressedLength(chunk);
      if (length > most) throw new Error(`a chunk of ${length} bytes in a block with ${most} bytes left`);
      const sized = Buffer.allocUnsafe(SIZE_BYTES + chunk.length);
      sized.writeUInt32LE(length, 0);
      sized.set(chunk, SIZE_BYTES);
      return decompress(sized);
    },
  });
}

const LENGTH_IN_BYTES = 15;
const MATCH_BYTES_MIN = 4;
const OFFSET_BYTES = 2;

/** Adds up the literals and the matches of a block (LZ4 block format), whose length is written nowhere. */
function uncompressedLength(chunk: Uint8Array): number {
  let at = 0;
  const byte = (): number => {
    const value = chunk[at++];
    if (value === undefined) throw new Error('an LZ4 block is cut off');
    return value;
  };
  const extended = (nibble: number): number => {
    if (nibble < LENGTH_IN_BYTES) return nibble;
    let length = nibble;
    for (;;) {
      const more = byte();
      length += more;
      if (more < 0xff) return length;
    }
  };
  let total = 0;
  while (at < chunk.length) {
    const token = byte();
    const literals = extended(token >> 4);
    at += literals;
    total += literals;
    if (at >= chunk.length) break;
    at += OFFSET_BYTES;
    total += extended(token & 0x0f) + MATCH_BYTES_MIN;
  }
  return total;
}
