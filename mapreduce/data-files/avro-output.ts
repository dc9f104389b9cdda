/** Output format for Avro's object container files. */
import type { Type } from 'avsc';
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import { systemRandom } from '../../runtime/runtime.ts';
import type { AsyncOutputFormat, AsyncRecordWriter, WriteContext } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import { type AvroCodec, avroCodec } from './avro-codecs.ts';
import { avroHeaderBytes, longBytes } from './avro-container.ts';
import { type AvroSchema, avroType } from './avro-types.ts';

/** Bytes of records in a block (Avro: DataFileConstants.DEFAULT_SYNC_INTERVAL). */
const BLOCK_BYTES = 64_000;
const SYNC_BYTES = 16;
const COMPRESS = 'mapreduce.output.fileoutputformat.compress';
const CODEC = 'avro.output.codec';

export interface AvroOutputOptions {
  /** The schema of the values, as JSON or as its text. */
  readonly schema: AvroSchema;
  /** Default: null; with mapreduce.output.fileoutputformat.compress the one of avro.output.codec, which is deflate. */
  readonly codec?: 'null' | 'deflate' | 'snappy' | 'bzip2' | 'zstandard';
}

/** Writes the value of each pair, or its key if the value is null, as Avro's AvroKeyOutputFormat. */
export function avroOutput(options: AvroOutputOptions): AsyncOutputFormat<unknown, unknown> {
  const schema: AvroSchema = typeof options.schema === 'string' ? schemaOf(options.schema) : options.schema;
  return {
    extension: '.avro',
    encodesAtOnce: true,
    async openWriter(context) {
      const { conf } = context;
      const name = options.codec ?? (conf.getBoolean(COMPRESS, false) ? conf.get(CODEC, 'deflate') : 'null');
      const [type, codec] = await Promise.all([avroType(schema, false), avroCodec(name, hostCodec)]);
      const file = await context.create();
      const sync = systemRandom.bytes(SYNC_BYTES);
      await file.write(avroHeaderBytes(JSON.stringify(schema), name, sync));
      return new Writer(file, type, codec, sync);
    },
  };
}

/** A schema's text is JSON, or the name of a type. */
const schemaOf = (text: string): AvroSchema => (/^\s*[{["]/.test(text) ? (JSON.parse(text) as AvroSchema) : text);

class Writer implements AsyncRecordWriter<unknown, unknown> {
  readonly #file: Awaited<ReturnType<WriteContext['create']>>;
  readonly #type: Type;
  readonly #codec: AvroCodec;
  readonly #sync: Uint8Array;
  #records: Buffer[] = [];
  #bytes = 0;

  constructor(file: Awaited<ReturnType<WriteContext['create']>>, type: Type, codec: AvroCodec, sync: Uint8Array) {
    this.#file = file;
    this.#type = type;
    this.#codec = codec;
    this.#sync = sync;
  }

  /** @throws IOException that names the field for a value that the schema does not allow */
  write(key: unknown, value: unknown): void | Promise<void> {
    const bytes = this.#encoded(value ?? key);
    this.#records.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= BLOCK_BYTES) return this.#endBlock();
  }

  async close(): Promise<void> {
    await this.#endBlock();
    await this.#file.close();
  }

  #encoded(value: unknown): Buffer {
    const given = withBuffers(value);
    try {
      return this.#type.toBuffer(given);
    } catch (e) {
      let place = '';
      this.#type.isValid(given, {
        errorHook: (path) => {
          place ||= path.join('.');
        },
      });
      throw hadoopError(
        'IOException',
        `A value does not fit the Avro schema${place && ` at ${place}`}: ${messageOf(e)}`,
        e,
      );
    }
  }

  async #endBlock(): Promise<void> {
    if (this.#records.length === 0) return;
    const data = this.#codec.compress(Buffer.concat(this.#records));
    const block = Buffer.concat([longBytes(this.#records.length), longBytes(data.length), data, this.#sync]);
    this.#records = [];
    this.#bytes = 0;
    await this.#file.write(block);
  }
}

/** The library takes bytes as Buffers only. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(withBuffers);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withBuffers(part)]));
}
