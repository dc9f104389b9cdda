/** SequenceFiles as input of streaming jobs: their keys and values as bytes, in one of three forms. */
import type { AsyncInputFormat, AsyncRecordReader } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import { Text } from '../formats/text.ts';
import { openSequenceFile } from '../sequence-file/sequence-file.ts';
import type { SequenceRecords } from '../sequence-file/sequence-records.ts';
import type { Datum } from './kinds.ts';

/** Returns the key and the value of the current record. */
type Form = (records: SequenceRecords) => readonly [key: Buffer, value: Buffer];

/**
 * - exact: as TextInputWriter writes them: the bytes of Text and BytesWritable, and of all others the text;
 * - text: the texts of SequenceFileAsTextInputFormat, in which bytes that are no UTF-8 are lost;
 * - binary: the serialized bytes of SequenceFileAsBinaryInputFormat.
 */
const FORMS = {
  exact: ({ key, value, texts }) => [exactBytes(key, texts[0]), exactBytes(value, texts[1])],
  text: ({ texts }) => [Buffer.from(texts[0]), Buffer.from(texts[1])],
  binary: ({ serialized }) => serialized,
} as const satisfies Record<string, Form>;

const exactBytes = (datum: unknown, text: string): Buffer => {
  if (datum instanceof Text) return Buffer.from(datum.bytes);
  return datum instanceof Uint8Array ? Buffer.from(datum) : Buffer.from(text);
};

/** Returns the input format of one form. */
export function sequenceInput(form: keyof typeof FORMS): AsyncInputFormat<Datum, Datum> {
  return {
    async openReader(split, context) {
      if (split.kind !== 'file') throw new Error('SequenceFiles are read in splits of one file');
      const { start, length } = split;
      const part = { file: `${split.fsUri}${split.path}`, start, length };
      const records = await openSequenceFile(await context.open(split), part, hostCodec);
      return new Reader(records, FORMS[form], start, length);
    },
  };
}

class Reader implements AsyncRecordReader<Datum, Datum> {
  key: Datum = null;
  value: Datum = null;
  readonly #records: SequenceRecords;
  readonly #form: Form;
  readonly #start: number;
  readonly #length: number;

  constructor(records: SequenceRecords, form: Form, start: number, length: number) {
    this.#records = records;
    this.#form = form;
    this.#start = start;
    this.#length = length;
  }

  get offset(): number {
    return this.#records.offset;
  }

  get progress(): number {
    return Math.min(1, (this.#records.position - this.#start) / Math.max(1, this.#length));
  }

  next(): boolean | Promise<boolean> {
    const more = this.#records.next();
    return typeof more === 'boolean' ? this.#take(more) : more.then((is) => this.#take(is));
  }

  async close(): Promise<void> {
    await this.#records.close();
  }

  #take(more: boolean): boolean {
    if (more) [this.key, this.value] = this.#form(this.#records);
    return more;
  }
}
