/** The codecs of compressed files, by the names of files and of Hadoop's classes (Hadoop: CompressionCodecFactory). */
import { baseName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Codec } from './codec.ts';

const HADOOP_PACKAGE = 'org.apache.hadoop.io.compress';

const deflate = async () => (await import('./zlib-engines.ts')).deflateEngine();

const CODECS: readonly Codec[] = [
  {
    name: 'GzipCodec',
    suffix: '.gz',
    program: 'gzip -dc',
    load: async () => (await import('./zlib-engines.ts')).gzipEngine(),
  },
  { name: 'DefaultCodec', suffix: '.deflate', program: 'pigz -dcz', load: deflate },
  { name: 'DeflateCodec', suffix: '.deflate', program: 'pigz -dcz', load: deflate },
  {
    name: 'BZip2Codec',
    suffix: '.bz2',
    program: 'bzip2 -dc',
    splittable: true,
    load: async () => await (await import('./bzip2.ts')).bzip2Engine(),
  },
  {
    name: 'SnappyCodec',
    suffix: '.snappy',
    program: 'snzip -dc -t hadoop-snappy',
    load: async () => (await import('./snappy.ts')).snappyEngine(),
  },
  {
    name: 'Lz4Codec',
    suffix: '.lz4',
    program: 'lz4 -dc',
    load: async () => (await import('./lz4.ts')).lz4Engine(),
  },
  {
    name: 'ZStandardCodec',
    suffix: '.zst',
    program: 'zstd -dc',
    load: async () => await (await import('./zstd.ts')).zstdEngine(),
  },
  {
    name: 'BrotliCodec',
    javaPackage: 'com.hadoop.compression.brotli',
    suffix: '.br',
    program: 'brotli -dc',
    load: async () => (await import('./zlib-engines.ts')).brotliEngine(),
  },
  { name: 'LzopCodec', javaPackage: 'com.hadoop.compression.lzo', suffix: '.lzo', program: 'lzop -dc' },
];

/** Returns the codec that the end of the file's name stands for. Undefined for a file that is not compressed. */
export function codecOf(path: string): Codec | undefined {
  const name = baseName(path);
  return CODECS.find(({ suffix }) => name.endsWith(suffix));
}

/** Returns the name of the codec's class in Java. */
export function classNameOf({ javaPackage = HADOOP_PACKAGE, name }: Codec): string {
  return `${javaPackage}.${name}`;
}

/**
 * Returns a codec by the name of its class, or by the name's last part in any case, with or without `Codec`, such as
 * `gzip`.
 * @throws IllegalArgumentException for another name, and for a codec that Calf does not have
 */
export function codecNamed(text: string): Codec & Required<Pick<Codec, 'load'>> {
  const short = text.toLowerCase();
  const codec = CODECS.find((each) => {
    const name = each.name.toLowerCase();
    return classNameOf(each) === text || name === short || name === `${short}codec` || shortForms[short] === each.name;
  });
  if (!codec) throw hadoopError('IllegalArgumentException', `Compression codec ${text} was not found.`);
  const { load } = codec;
  if (!load) throw hadoopError('IllegalArgumentException', `Compression codec ${text}: Calf does not have it.`);
  return { ...codec, load };
}

/** Names that other programs have for codecs. */
const shortForms: Readonly<Record<string, string>> = { bz2: 'BZip2Codec', gz: 'GzipCodec', zstd: 'ZStandardCodec' };

/**
 * Checks the value of io.compression.codecs: Hadoop adds these classes to its own, and fails for one that it can't load.
 * @throws IllegalArgumentException
 */
export function checkCodecs(list: string): void {
  for (const name of list.split(',')) if (name.trim() !== '') codecNamed(name.trim());
}
