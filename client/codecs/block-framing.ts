/** Hadoop's framing of compressors of blocks: BlockCompressorStream and BlockDecompressorStream. */
import type { CodecEngine } from './codec.ts';
import { DamagedStreamError } from './compressed-input.ts';
import { type Decoder, decoded, decodedBytes } from './decoder.ts';
import { compressedPieces, PieceCompressor, type PieceEncoder } from './piece-compressor.ts';

/** A compressor of single blocks in memory. */
export interface BlockAlgorithm {
  /** Largest number of bytes of a block that Hadoop's compressor makes. */
  readonly blockBytes: number;
  compress(block: Uint8Array): Uint8Array;
  /**
   * @param most the largest number of bytes that the chunk may become
   * @throws Error for a damaged chunk
   */
  decompress(chunk: Uint8Array, most: number): Uint8Array;
}

/** Hadoop's readers take no chunk that is larger than their buffer of this size, unless it is set otherwise. */
export const BUFFER_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
/** Java has no longer arrays. */
const LENGTH_MAX = 2 ** 31 - 1;

/**
 * A stream has blocks; a block has its own length and then chunks, until they make up that length.
 *
 *     ┌────────────────────┬────────────────────┬───────┬────────────────────┬───────┐
 *     │ bytes of block u32 │ bytes of chunk u32 │ chunk │ bytes of chunk u32 │ chunk │ …
 *     └────────────────────┴────────────────────┴───────┴────────────────────┴───────┘
 *
 * A block of the length 0 has no chunk; Hadoop writes one into an empty file. Hadoop's reader ends there. This one goes
 * on, so that joined files lose nothing.
 */
function* blockDecoder(algorithm: BlockAlgorithm): Decoder {
  const blockLength = (yield LENGTH_BYTES).readUInt32BE(0);
  if (blockLength > LENGTH_MAX) throw damaged(`a block of ${blockLength} bytes`);
  for (let left = blockLength; left > 0; ) {
    const chunkLength = (yield LENGTH_BYTES).readUInt32BE(0);
    if (chunkLength > LENGTH_MAX) throw damaged(`a chunk of ${chunkLength} bytes`);
    const bytes = decompressed(algorithm, yield chunkLength, left);
    left -= bytes.length;
    yield bytes;
  }
}

function decompressed(algorithm: BlockAlgorithm, chunk: Buffer, most: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = algorithm.decompress(chunk, most);
  } catch (e) {
    throw damaged(e instanceof Error ? e.message : String(e), e);
  }
  if (bytes.length === 0) throw damaged('a chunk without bytes');
  if (bytes.length > most) throw damaged(`a chunk of ${bytes.length} bytes in a block with ${most} bytes left`);
  return bytes;
}

const damaged = (message: string, cause?: unknown) => new DamagedStreamError('IOException', message, cause);

function blockEncoder({ blockBytes, compress }: BlockAlgorithm): PieceEncoder {
  let blocks = 0;
  return {
    pieceBytes: blockBytes,
    piece(bytes) {
      blocks++;
      const chunk = compress(bytes);
      const lengths = Buffer.alloc(2 * LENGTH_BYTES);
      lengths.writeUInt32BE(bytes.length, 0);
      lengths.writeUInt32BE(chunk.length, LENGTH_BYTES);
      return Buffer.concat([lengths, chunk]);
    },
    end: () => Buffer.alloc(blocks === 0 ? LENGTH_BYTES : 0),
  };
}

/** Returns the engine of a codec with this algorithm. */
export function blockEngine(algorithm: BlockAlgorithm): CodecEngine {
  return {
    stream: (input) => decoded(input, blockDecoder(algorithm)),
    decompress: (bytes) => decodedBytes(bytes, () => blockDecoder(algorithm)),
    compress: (bytes) => compressedPieces(bytes, blockEncoder(algorithm)),
    compressor: () => new PieceCompressor(blockEncoder(algorithm)),
  };
}
