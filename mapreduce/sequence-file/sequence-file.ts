/** Opens SequenceFiles for reading. */
import type { CodecEngine } from '../../client/codecs/codec.ts';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { DataInput } from './data-input.ts';
import { type Header, readHeader } from './header.ts';
import { SequenceRecords } from './sequence-records.ts';

/** Bytes of the file in which its header is looked for first. */
const HEADER_BYTES = 4096;

/** Returns the loaded codec of a class. @throws HadoopError for a class that there is not */
export type LoadCodec = (className: string) => Promise<CodecEngine>;

/**
 * Opens the part of a file whose bytes are [start, start + length).
 * @throws EOFException, IOException for a file that is no SequenceFile, and for classes that Calf does not have
 */
export async function openSequenceFile(
  input: FileInput,
  { file, start, length }: { readonly file: string; readonly start: number; readonly length: number },
  loadCodec: LoadCodec,
): Promise<SequenceRecords> {
  const { header, headerEnd } = await headerOf(input, file);
  const engine = header.codecClass === undefined ? undefined : await loadCodec(header.codecClass);
  const isAtRecord = start <= headerEnd;
  const end = start + length;
  const from = isAtRecord ? headerEnd : start;
  // The part with the header's end has the first run, and a part that ends before has none.
  const bytes = from < end ? input.stream({ start: from, end: input.length }) : none();
  return new SequenceRecords({ file, header, engine, from, isAtRecord, end }, bytes);
}

async function headerOf(
  input: FileInput,
  file: string,
): Promise<{ readonly header: Header; readonly headerEnd: number }> {
  for (let length = HEADER_BYTES; ; length *= 4) {
    const bytes = Buffer.from(await input.pread(0, length));
    const data = new DataInput(bytes);
    try {
      const header = readHeader(data, file);
      return { header, headerEnd: data.at };
    } catch (e) {
      if (!isHadoopError(e, 'EOFException')) throw e;
      if (bytes.length < length) throw hadoopError('EOFException', `${file}: the file ends within its header`, e);
    }
  }
}

async function* none(): AsyncGenerator<Uint8Array> {
  // A part without bytes.
}
