/** Zstandard: with Node's own functions where they are there and notice damage, else with libraries. */
import zlib from 'node:zlib';
import type { CodecEngine } from './codec.ts';
import { decoded, decodedBytes } from './decoder.ts';
import { type Engine, inflated } from './engine.ts';
import { compressedPieces, PieceCompressor, type PieceEncoder } from './piece-compressor.ts';
import { wholly } from './zlib-engines.ts';
import { zstdFrameDecoder } from './zstd-frame.ts';

/** Zstandard came to Node.js later than the oldest version that Calf runs on. */
interface NodeZstd {
  readonly createZstdDecompress?: () => Engine;
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Buffer;
  readonly zstdCompressSync?: (bytes: Uint8Array) => Buffer;
}

/** Each piece is a frame of its own; a stream of several frames is what a decoder takes for one file. */
const FRAME_BYTES = 1024 * 1024;

/** @param node the functions of Node; tests leave them out */
export async function zstdEngine(node: NodeZstd = zlib as NodeZstd): Promise<CodecEngine> {
  const { createZstdDecompress, zstdDecompressSync } = node;
  const compressFrame = node.zstdCompressSync ?? (await libraryCompressor());
  const encoder = (): PieceEncoder => {
    let frames = 0;
    const piece = (bytes: Uint8Array): Uint8Array => {
      frames++;
      return compressFrame(bytes);
    };
    const end = (): Uint8Array => (frames === 0 ? piece(new Uint8Array(0)) : new Uint8Array(0));
    return { pieceBytes: FRAME_BYTES, piece, end };
  };
  const decoding =
    createZstdDecompress && zstdDecompressSync && noticesCut(zstdDecompressSync, compressFrame(Buffer.from('cut')))
      ? {
          stream: (input: Parameters<CodecEngine['stream']>[0]) => inflated(input, createZstdDecompress()),
          decompress: (bytes: Uint8Array) => wholly(bytes, zstdDecompressSync),
        }
      : await libraryDecoding();
  return {
    ...decoding,
    compress: (bytes) => compressedPieces(bytes, encoder()),
    compressor: () => new PieceCompressor(encoder()),
  };
}

/** Whether a decoder refuses a frame that is cut off: that of Node 22 takes it for the whole. */
function noticesCut(decompress: (bytes: Uint8Array) => Buffer, frame: Uint8Array): boolean {
  try {
    decompress(frame.subarray(0, -1));
    return false;
  } catch {
    return true; // This is the error of a cut frame.
  }
}

async function libraryDecoding(): Promise<Pick<CodecEngine, 'stream' | 'decompress'>> {
  const decoder = await zstdFrameDecoder();
  return {
    stream: (input) => decoded(input, decoder()),
    decompress: (bytes) => decodedBytes(bytes, decoder),
  };
}

async function libraryCompressor(): Promise<(bytes: Uint8Array) => Uint8Array> {
  const { Zstd } = await import('@hpcc-js/wasm-zstd');
  const library = await Zstd.load();
  return (bytes) => library.compress(bytes);
}
