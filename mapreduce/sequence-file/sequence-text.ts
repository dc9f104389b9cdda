/** The text of a SequenceFile: a line for each record, with the key, a tab and the value. */
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { type LoadCodec, openSequenceFile } from './sequence-file.ts';

const PIECE_CHARS = 64 * 1024;

/** Yields the lines as Hadoop's TextRecordInputStream does. */
export async function* sequenceFileText(input: FileInput, file: string, loadCodec: LoadCodec): AsyncGenerator<Buffer> {
  const records = await openSequenceFile(input, { file, start: 0, length: Number.POSITIVE_INFINITY }, loadCodec);
  let text = '';
  try {
    for (;;) {
      const answer = records.next();
      if (!(typeof answer === 'boolean' ? answer : await answer)) break;
      text += records.text;
      if (text.length < PIECE_CHARS) continue;
      yield Buffer.from(text);
      text = '';
    }
    if (text !== '') yield Buffer.from(text);
  } finally {
    await records.close();
  }
}
