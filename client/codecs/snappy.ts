/** Snappy in Hadoop's framing. */
import { snappyCompressor, snappyUncompressor } from 'hysnappy';
import { BUFFER_BYTES, blockEngine } from './block-framing.ts';
import type { CodecEngine } from './codec.ts';

/** SnappyCodec's estimate of the bytes by which a block may grow. */
const OVERHEAD_BYTES = Math.floor(BUFFER_BYTES / 6) + 32;
const LENGTH_BITS_MAX = 32;

export function snappyEngine(): CodecEngine {
  const compress = snappyCompressor();
  const decompress = snappyUncompressor();
  return blockEngine({
    blockBytes: BUFFER_BYTES - OVERHEAD_BYTES,
    compress,
    decompress(chunk, most) {
      const length = uncompressedLength(chunk);
      if (length > most) throw new Error(`a chunk of ${length} bytes in a block with ${most} bytes left`);
      return decompress(chunk, length);
    },
  });
}

/** Reads the varint with which a chunk begins: the number of bytes that it becomes. */
function uncompressedLength(chunk: Uint8Array): number {
  let length = 0;
  for (let i = 0, shift = 0; shift < LENGTH_BITS_MAX; i++, shift += 7) {
    const byte = chunk[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return length;
  }
  throw new Error('the length of a chunk is cut off');
}
