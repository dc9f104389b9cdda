/** Codecs of compressed files, by the names of the files, as CompressionCodecFactory of Hadoop. */
import zlib from 'node:zlib';
import { baseName } from '../../protocol/path.ts';
import type { CompressedInput } from './compressed-input.ts';
import { type Engine, inflated } from './engine.ts';
import { gzipMember } from './gzip.ts';

export interface Codec {
  /** The class in Hadoop, such as `GzipCodec`. */
  readonly name: string;
  readonly suffix: string;
  /** A program that decompresses to standard output. */
  readonly program: string;
  /** Yields the bytes of one compressed stream; bytes after its end stay in the input. Undefined: not supported. */
  readonly stream?: (input: CompressedInput) => AsyncGenerator<Uint8Array>;
}

const engine =
  (create: () => Engine): Codec['stream'] =>
  (input) =>
    inflated(input, create());

/** Zstandard came to Node.js later than the oldest version that Calf runs on. */
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => Engine };

const CODECS: readonly Codec[] = [
  { name: 'GzipCodec', suffix: '.gz', program: 'gzip -dc', stream: gzipMember },
  { name: 'DefaultCodec', suffix: '.deflate', program: 'pigz -dcz', stream: engine(zlib.createInflate) },
  { name: 'BrotliCodec', suffix: '.br', program: 'brotli -dc', stream: engine(zlib.createBrotliDecompress) },
  {
    name: 'ZStandardCodec',
    suffix: '.zst',
    program: 'zstd -dc',
    ...(createZstdDecompress ? { stream: engine(createZstdDecompress) } : {}),
  },
  { name: 'BZip2Codec', suffix: '.bz2', program: 'bzip2 -dc' },
  { name: 'SnappyCodec', suffix: '.snappy', program: 'snzip -dc -t hadoop-snappy' },
  { name: 'Lz4Codec', suffix: '.lz4', program: 'lz4 -dc' },
  { name: 'LzopCodec', suffix: '.lzo', program: 'lzop -dc' },
];

/** Returns the codec that the end of the file's name stands for. Undefined for a file that is not compressed. */
export function codecOf(path: string): Codec | undefined {
  const name = baseName(path);
  return CODECS.find(({ suffix }) => name.endsWith(suffix));
}
