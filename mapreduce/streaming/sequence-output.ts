/** SequenceFileOutputFormat for streaming jobs: the classes of keys and values are those of the pairs' form. */
import type { AsyncOutputFormat } from '../formats/format.ts';
import { Text } from '../formats/text.ts';
import { sequenceFileOutput } from '../sequence-file/sequence-file-output.ts';
import { type Datum, JAVA_CLASS, type Kind, type Kinds } from './kinds.ts';

/** @throws IOException for typed bytes, whose class Calf's SequenceFiles do not hold */
export function sequenceOutput({ key, value }: Kinds): AsyncOutputFormat<Datum, Datum> {
  const format = sequenceFileOutput({ key: JAVA_CLASS[key], value: JAVA_CLASS[value] });
  return {
    ...format,
    namesWithoutPhase: true,
    async openWriter(context) {
      const writer = await format.openWriter(context);
      return {
        write: (k, v) => writer.write(writableValue(key, k), writableValue(value, v)),
        close: () => writer.close(),
      };
    },
  };
}

const writableValue = (kind: Kind, datum: Datum): unknown =>
  kind === 'text' && datum instanceof Uint8Array ? new Text(datum) : datum;
