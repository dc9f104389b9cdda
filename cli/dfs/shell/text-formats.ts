/** The formats that -text decodes. */
import { codecNamed, codecOf } from '../../../client/codecs/codecs.ts';
import { decompress, engineOf } from '../../../client/codecs/decompress.ts';
import type { FileInput } from '../../../client/filesystem/file-system.ts';
import { sequenceFileText } from '../../../mapreduce/sequence-file/sequence-text.ts';
import { hadoopError } from '../../../runtime/errors.ts';

const GZIP_MAGIC = 0x1f8b;

/** Formats that Hadoop decodes and Calf does not, by leading bytes. */
const UNSUPPORTED_MAGIC: Record<string, string> = { Obj: 'Avro' };

/** Returns the text of a file, decompressed if necessary. @throws HadoopError for a format that is not supported */
export async function textOf(input: FileInput, path: string): Promise<AsyncIterable<Uint8Array>> {
  const lead = Buffer.from(await input.pread(0, 3));
  if (lead.length < 2) return input.stream();
  // Hadoop reads a file with gzip's first bytes by Java's own class, which ignores other bytes after the gzip data.
  if (lead.readUInt16BE(0) === GZIP_MAGIC) {
    return decompress(input.stream(), codecNamed('gzip'), { file: path, ignoreTrailing: true });
  }
  if (lead.toString('latin1') === 'SEQ')
    return sequenceFileText(input, path, async (name) => await engineOf(codecNamed(name)));
  const format = UNSUPPORTED_MAGIC[lead.toString('latin1')];
  if (format) throw hadoopError('UnsupportedOperationException', `${path}: ${format} files are not supported yet`);
  const codec = codecOf(path);
  if (!codec) return input.stream();
  if (codec.load) return decompress(input.stream(), codec, { file: path });
  throw hadoopError('UnsupportedOperationException', `${path}: ${codec.suffix} files are not supported yet`);
}
