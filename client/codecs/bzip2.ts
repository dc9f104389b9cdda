/** bzip2: single streams of blocks, as the program bzip2 and Hadoop's BZip2Codec make them. */
import { BitWriter, bitsOf, uint32At } from './bzip2-bits.ts';
import { bzip2Blocks } from './bzip2-blocks.ts';
import { Bzip2Library } from './bzip2-library.ts';
import { endOfStream, findMark, HEADER, MARK_BITS } from './bzip2-markers.ts';
import type { CodecEngine } from './codec.ts';
import { compressedPieces, PieceCompressor, type PieceEncoder } from './piece-compressor.ts';

/**
 * Largest number of bytes that make one block whatever they are: a block has at most 899,981 bytes after the encoding of
 * runs, which may make five bytes of four.
 */
const BLOCK_BYTES = 719_984;
const HEADER_BITS = 32;
const END_BITS = 80;
const ROOM_BYTES = 1024 * 1024;

let library: Promise<Bzip2Library> | undefined;

/** Loads the library once. */
export function bzip2Library(): Promise<Bzip2Library> {
  library ??= Bzip2Library.load();
  return library;
}

export async function bzip2Engine(): Promise<CodecEngine> {
  const loaded = await bzip2Library();
  return {
    async *stream(input) {
      for await (const { bytes } of bzip2Blocks(input, loaded)) yield bytes;
    },
    decompress: (bytes) => loaded.decompress(bytes, Math.max(ROOM_BYTES, 8 * bytes.length)),
    compress: (bytes) => compressedPieces(bytes, blockEncoder(loaded)),
    compressor: () => new PieceCompressor(blockEncoder(loaded)),
  };
}

/** Has the library compress each block as a stream of its own, and joins the bits of the blocks to one stream. */
function blockEncoder(loaded: Bzip2Library): PieceEncoder {
  const out = new BitWriter();
  out.add(HEADER, HEADER_BITS);
  let crc = 0;
  return {
    pieceBytes: BLOCK_BYTES,
    piece(bytes) {
      const stream = loaded.compress(bytes);
      const end = endOfBlock(stream);
      out.add(bitsOf(stream, HEADER_BITS, end), end - HEADER_BITS);
      crc = (((crc << 1) | (crc >>> 31)) ^ uint32At(stream, HEADER_BITS + MARK_BITS)) >>> 0;
      return out.take();
    },
    end() {
      out.add(endOfStream(crc), END_BITS);
      return out.end();
    },
  };
}

/** Returns the bit at which the end of a stream begins; up to 7 bits are filled after it. */
function endOfBlock(stream: Buffer): number {
  for (let bit = 8 * stream.length - END_BITS; ; bit--) {
    const mark = findMark(stream, bit);
    if (mark?.kind === 'end' && mark.bit === bit) return bit;
    if (bit < 8 * stream.length - END_BITS - 7) throw new Error('bzip2 gave a stream without its end');
  }
}
