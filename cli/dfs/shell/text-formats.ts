/** The formats that -text decodes. */
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FileInput } from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';

const GZIP_MAGIC = 0x1f8b;

/** Codecs by the suffix of a file's name, as in CompressionCodecFactory of Hadoop. */
const CODECS: Record<string, () => Transform> = {
  '.gz': createGunzip,
  '.deflate': createInflate,
  '.br': createBrotliDecompress,
};

/** Formats that Hadoop decodes and Calf does not, by suffix and by leading bytes. */
const UNSUPPORTED_SUFFIXES = ['.bz2', '.snappy', '.lz4', '.zst', '.lzo'];
const UNSUPPORTED_MAGIC: Record<string, string> = { SEQ: 'SequenceFile', Obj: 'Avro' };

/** Returns the text of a file, decompressed if necessary. @throws HadoopError for a format that is not supported */
export async function textOf(input: FileInput, path: string): Promise<AsyncIterable<Uint8Array>> {
  const lead = Buffer.from(await input.pread(0, 3));
  if (lead.length < 2) return input.stream();
  if (lead.readUInt16BE(0) === GZIP_MAGIC) return decompress(input, createGunzip());
  const format = UNSUPPORTED_MAGIC[lead.toString('latin1')];
  if (format) throw hadoopError('UnsupportedOperationException', `${path}: ${format} files are not supported yet`);
  const suffix = UNSUPPORTED_SUFFIXES.find((s) => path.endsWith(s));
  if (suffix) throw hadoopError('UnsupportedOperationException', `${path}: ${suffix} files are not supported yet`);
  const codec = Object.entries(CODECS).find(([s]) => path.endsWith(s))?.[1];
  return codec ? decompress(input, codec()) : input.stream();
}

function decompress(input: FileInput, codec: Transform): AsyncIterable<Uint8Array> {
  const source = Readable.from(input.stream());
  source.on('error', (e) => codec.destroy(e));
  return source.pipe(codec);
}
