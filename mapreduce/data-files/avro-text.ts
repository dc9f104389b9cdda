/** The text of an Avro file: a line of JSON for each record. */
import type { FileInput } from '../../client/filesystem/file-system.ts';
import type { LoadCodec } from './avro-codecs.ts';
import { avroBlocks, avroHeader } from './avro-container.ts';
import { avroJson } from './avro-json.ts';
import { avroType } from './avro-types.ts';

/** Yields the lines as Hadoop's AvroFileInputStream does. */
export async function* avroText(input: FileInput, file: string, load: LoadCodec): AsyncGenerator<Buffer> {
  const header = await avroHeader(input, file);
  const type = await avroType(JSON.parse(header.schema), true);
  for await (const { count, data } of avroBlocks(input, { file, header, start: 0, end: input.length, load })) {
    let text = '';
    for (let i = 0, at = 0; i < count; i++) {
      const { value, offset } = type.decode(data, at);
      text += `${avroJson(type, value)}\n`;
      at = offset;
    }
    yield Buffer.from(text);
  }
}
