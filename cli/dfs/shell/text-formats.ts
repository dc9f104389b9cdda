/** The formats that -text decodes. */
import { codecNamed, codecOf } from '../../../client/codecs/codecs.ts';
import { decompress, engineOf } from '../../../client/codecs/decompress.ts';
import type { FileInput } from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';

const GZIP_MAGIC = 0x1f8b;

/**
 * Returns the text of a file, decompressed if necessary: by its first bytes, else by the end of its name, as Hadoop's
 * Display.Text.
 * @throws HadoopError for a format that is not supported
 */
export async function textOf(input: FileInput, path: string): Promise<AsyncIterable<Uint8Array>> {
  const lead = Buffer.from(await input.pread(0, 3));
  if (lead.length < 2) return input.stream();
  // Hadoop reads a file with gzip's first bytes by Java's own class, which ignores other bytes after the gzip data.
  if (lead.readUInt16BE(0) === GZIP_MAGIC) {
    return decompress(input.stream(), codecNamed('gzip'), { file: path, ignoreTrailing: true });
  }
  if (lead.toString('latin1') === 'SEQ') {
    const { sequenceFileText } = await import('../../../mapreduce/sequence-file/sequence-text.ts');
    return sequenceFileText(input, path, loadCodec);
  }
  if (lead.toString('latin1') === 'Obj') {
    const { avroText } = await import('../../../mapreduce/data-files/avro-text.ts');
    return avroText(input, path, loadCodec);
  }
  const codec = codecOf(path);
  if (!codec) return input.stream();
  if (codec.load) return decompress(input.stream(), codec, { file: path });
  throw hadoopError('UnsupportedOperationException', `${path}: ${codec.suffix} files are not supported yet`);
}

const loadCodec = async (name: string) => await engineOf(codecNamed(name));
