/** Output format for SequenceFiles. */
import { hadoopError } from '../../runtime/errors.ts';
import type { AsyncOutputFormat, AsyncRecordWriter, WriteContext } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { type SequenceCompression, SequenceWriter } from './sequence-writer.ts';
import { writableNamed } from './writables.ts';

const COMPRESS = 'mapreduce.output.fileoutputformat.compress';
const CODEC = 'mapreduce.output.fileoutputformat.compress.codec';
const TYPE = 'mapreduce.output.fileoutputformat.compress.type';
const BLOCK_BYTES = 'io.seqfile.compress.blocksize';
const FLUSH_BYTES = 256 * 1024;

export type CompressionType = 'NONE' | 'RECORD' | 'BLOCK';

export interface SequenceFileOptions {
  /**
   * Class of the keys, such as `IntWritable` or `org.apache.hadoop.io.IntWritable`. Default: by the first key: a string is
   * a Text, a whole number or a bigint a LongWritable, another number a DoubleWritable, a boolean a BooleanWritable, bytes
   * are a BytesWritable, and null is a NullWritable.
   */
  readonly key?: string;
  /** The same of the values. */
  readonly value?: string;
  /** Default: that of mapreduce.output.fileoutputformat.compress and its `.type`. */
  readonly compression?: CompressionType;
  /** Class or short name of the codec. Default: mapreduce.output.fileoutputformat.compress.codec. */
  readonly codec?: string;
  /** Names and values in the header of each file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes SequenceFiles of version 6, as Hadoop's SequenceFileOutputFormat. All keys of a file are of one class, and so are its
 * values.
 */
export function sequenceFileOutput<K = unknown, V = unknown>(
  options: SequenceFileOptions = {},
): AsyncOutputFormat<K, V> {
  const key = options.key === undefined ? undefined : writableNamed(options.key);
  const value = options.value === undefined ? undefined : writableNamed(options.value);
  return {
    takesText: true,
    encodesAtOnce: true,
    async openWriter(context) {
      const compression = await compressionOf(options, context.conf);
      const metadata = new Map(Object.entries(options.metadata ?? {}));
      const file = await context.create();
      return new Writer(file, new SequenceWriter({ key, value, compression, metadata }));
    },
  };
}

async function compressionOf(
  { compression, codec }: SequenceFileOptions,
  conf: JobConfiguration,
): Promise<SequenceCompression | undefined> {
  const type = compression ?? (conf.getBoolean(COMPRESS, false) ? conf.get(TYPE, 'RECORD').trim() : 'NONE');
  if (type === 'NONE') return undefined;
  if (type !== 'RECORD' && type !== 'BLOCK') {
    throw hadoopError('IllegalArgumentException', `${TYPE} is '${type}': expected NONE, RECORD or BLOCK`);
  }
  const engine = await hostCodec(codec ?? conf.get(CODEC, 'DefaultCodec').trim());
  return { type, className: engine.className, engine, blockBytes: conf.getNumber(BLOCK_BYTES, 1_000_000) };
}

class Writer implements AsyncRecordWriter<unknown, unknown> {
  readonly #file: Awaited<ReturnType<WriteContext['create']>>;
  readonly #writer: SequenceWriter;

  constructor(file: Awaited<ReturnType<WriteContext['create']>>, writer: SequenceWriter) {
    this.#file = file;
    this.#writer = writer;
  }

  write(key: unknown, value: unknown): void | Promise<void> {
    this.#writer.write(key, value);
    if (this.#writer.pendingBytes >= FLUSH_BYTES) return this.#flush();
  }

  async close(): Promise<void> {
    await this.#file.write(this.#writer.end());
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const bytes = this.#writer.take();
    if (bytes.length > 0) await this.#file.write(bytes);
  }
}
