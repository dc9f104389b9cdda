/** Input format for SequenceFiles. */
import type { AsyncInputFormat, AsyncRecordReader } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import { Text } from '../formats/text.ts';
import { openSequenceFile } from './sequence-file.ts';
import type { SequenceRecords } from './sequence-records.ts';

/**
 * Gives the keys and values of SequenceFiles, as Hadoop's SequenceFileInputFormat: Text as strings, the numbers' classes as
 * numbers (a long that no number holds as a bigint), BytesWritable as Uint8Array, NullWritable as null. Files are split at
 * their sync marks, compressed ones too.
 */
export function sequenceFileInput<K = unknown, V = unknown>(): AsyncInputFormat<K, V> {
  return {
    async openReader(split, context) {
      if (split.kind !== 'file') throw new Error('sequenceFileInput() reads splits of one file');
      const input = await context.open(split);
      const { start, length } = split;
      const part = { file: `${split.fsUri}${split.path}`, start, length };
      const records = await openSequenceFile(input, part, hostCodec);
      return new Reader<K, V>(records, start, length);
    },
  };
}

/** The types of keys and values are those that the job says its files have. */
class Reader<K, V> implements AsyncRecordReader<K, V> {
  readonly #records: SequenceRecords;
  readonly #start: number;
  readonly #length: number;

  constructor(records: SequenceRecords, start: number, length: number) {
    this.#records = records;
    this.#start = start;
    this.#length = length;
  }

  get key(): K {
    return withoutText(this.#records.key) as K;
  }

  get value(): V {
    return withoutText(this.#records.value) as V;
  }

  get exactKey(): K | Text {
    return this.#records.key as K;
  }

  get exactValue(): V | Text {
    return this.#records.value as V;
  }

  get offset(): number {
    return this.#records.offset;
  }

  get progress(): number {
    return Math.min(1, (this.#records.position - this.#start) / Math.max(1, this.#length));
  }

  next(): boolean | Promise<boolean> {
    return this.#records.next();
  }

  async close(): Promise<void> {
    await this.#records.close();
  }
}

/** Text that is not UTF-8 is an object, which only jobs that pass it on unchanged get. */
const withoutText = (value: unknown): unknown => (value instanceof Text ? value.toString() : value);
