/** The codecs of node:zlib: gzip, deflate with zlib's header (Hadoop: DefaultCodec) and Brotli. */
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { CodecEngine, Compressor } from './codec.ts';
import { inflated, zlibFailure } from './engine.ts';
import { gzipMember } from './gzip.ts';

export function gzipEngine(): CodecEngine {
  return {
    stream: gzipMember,
    decompress: (bytes) => wholly(bytes, zlib.gunzipSync),
    compress: (bytes) => zlib.gzipSync(bytes),
    compressor: () => new TransformCompressor(zlib.createGzip()),
  };
}

export function deflateEngine(): CodecEngine {
  return {
    stream: (input) => inflated(input, zlib.createInflate()),
    decompress: (bytes) => wholly(bytes, zlib.inflateSync),
    compress: (bytes) => zlib.deflateSync(bytes),
    compressor: () => new TransformCompressor(zlib.createDeflate()),
  };
}

export function brotliEngine(): CodecEngine {
  return {
    stream: (input) => inflated(input, zlib.createBrotliDecompress()),
    decompress: (bytes) => wholly(bytes, zlib.brotliDecompressSync),
    compress: (bytes) => zlib.brotliCompressSync(bytes),
    compressor: () => new TransformCompressor(zlib.createBrotliCompress()),
  };
}

/** Calls a function of node:zlib. @throws DamagedStreamError */
export function wholly(bytes: Uint8Array, decompress: (bytes: Uint8Array) => Buffer): Buffer {
  try {
    return decompress(bytes);
  } catch (e) {
    throw zlibFailure(e) ?? e;
  }
}

/** Compresses with a stream of node:zlib. */
class TransformCompressor implements Compressor {
  readonly #transform: Transform;
  #chunks: Buffer[] = [];

  constructor(transform: Transform) {
    this.#transform = transform;
    transform.on('data', (chunk: Buffer) => void this.#chunks.push(chunk));
  }

  write(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#run((done) => void this.#transform.write(bytes, done));
  }

  end(): Promise<Uint8Array> {
    return this.#run((done) => {
      this.#transform.once('end', () => done());
      this.#transform.end();
    });
  }

  close(): void {
    this.#transform.destroy();
  }

  async #run(step: (done: (error?: Error | null) => void) => void): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.#transform.once('error', reject);
      step((error) => {
        this.#transform.off('error', reject);
        if (error) reject(error);
        else resolve();
      });
    });
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return bytes;
  }
}
