/** Output format for Parquet files. */
import zlib from 'node:zlib';
import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { hadoopError } from '../../runtime/errors.ts';
import type { AsyncOutputFormat, AsyncRecordWriter, WriteContext } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';

type Compress = (bytes: Uint8Array) => Uint8Array;
type Row = Readonly<Record<string, unknown>>;

export interface ParquetColumn {
  readonly name: string;
  readonly type: 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY' | 'STRING' | 'JSON' | 'TIMESTAMP';
  /** Whether a row may have null there, or nothing. Default true. */
  readonly nullable?: boolean;
}

export interface ParquetOutputOptions {
  readonly columns: readonly ParquetColumn[];
  /** Default: snappy. */
  readonly codec?: 'uncompressed' | 'snappy' | 'gzip' | 'zstd';
  /** Rows of a row group, which are kept in memory. Default 50,000. */
  readonly rowGroupRows?: number;
}

const ROW_GROUP_ROWS = 50_000;

/** Writes the value of each pair, or its key if the value is null, as a row. A row is an object with the columns' names. */
export function parquetOutput(options: ParquetOutputOptions): AsyncOutputFormat<unknown, unknown> {
  return {
    extension: '.parquet',
    async openWriter(context) {
      const [library, compressors] = await Promise.all([import('hyparquet-writer'), compressorsOf(options.codec)]);
      const codec = CODECS[options.codec ?? 'snappy'];
      const columnData = options.columns.map(({ name, type, nullable = true }) => ({ name, type, nullable, data: [] }));
      const bytes = new library.ByteWriter();
      const schema = library.schemaFromColumnData({ columnData });
      const parquet = new library.ParquetWriter({ writer: bytes, schema, codec, compressors, createdBy: 'calf' });
      return new Writer(await context.create(), parquet, bytes, options);
    },
  };
}

const CODECS = { uncompressed: 'UNCOMPRESSED', snappy: 'SNAPPY', gzip: 'GZIP', zstd: 'ZSTD' } as const;

async function compressorsOf(codec: ParquetOutputOptions['codec']): Promise<Record<string, Compress>> {
  if (codec === 'gzip') return { GZIP: (bytes) => zlib.gzipSync(bytes) };
  if (codec !== 'zstd') return {};
  const { compress } = await hostCodec('zstd');
  return { ZSTD: compress };
}

class Writer implements AsyncRecordWriter<unknown, unknown> {
  readonly #file: Awaited<ReturnType<WriteContext['create']>>;
  readonly #parquet: ParquetWriter;
  readonly #bytes: ByteWriter;
  readonly #columns: readonly ParquetColumn[];
  readonly #groupRows: number;
  #rows: Row[] = [];

  constructor(
    file: Awaited<ReturnType<WriteContext['create']>>,
    parquet: ParquetWriter,
    bytes: ByteWriter,
    { columns, rowGroupRows = ROW_GROUP_ROWS }: ParquetOutputOptions,
  ) {
    this.#file = file;
    this.#parquet = parquet;
    this.#bytes = bytes;
    this.#columns = columns;
    this.#groupRows = rowGroupRows;
  }

  /** @throws IOException that names the column for a row that does not fit */
  write(key: unknown, value: unknown): void | Promise<void> {
    this.#rows.push(rowOf(value ?? key, this.#columns));
    if (this.#rows.length >= this.#groupRows) return this.#endGroup();
  }

  async close(): Promise<void> {
    await this.#endGroup();
    this.#parquet.finish();
    await this.#flush();
    await this.#file.close();
  }

  async #endGroup(): Promise<void> {
    if (this.#rows.length === 0) return;
    const columnData = this.#columns.map(({ name }) => ({ name, data: this.#rows.map((row) => row[name]) }));
    this.#parquet.write({ columnData, rowGroupSize: this.#rows.length });
    this.#rows = [];
    await this.#flush();
  }

  /** Writes the bytes that are there. The library goes on to count from the file's begin. */
  async #flush(): Promise<void> {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    if (bytes.length > 0) await this.#file.write(bytes);
  }
}

/** The values of JavaScript that each type of a column holds. */
const FITS: Readonly<Record<ParquetColumn['type'], (value: unknown) => boolean>> = {
  BOOLEAN: (value) => typeof value === 'boolean',
  INT32: (value) => Number.isInteger(value) && (value as number) === ((value as number) | 0),
  INT64: (value) => Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value),
  FLOAT: (value) => typeof value === 'number',
  DOUBLE: (value) => typeof value === 'number',
  BYTE_ARRAY: (value) => value instanceof Uint8Array,
  STRING: (value) => typeof value === 'string',
  JSON: () => true,
  TIMESTAMP: (value) => value instanceof Date,
};

/** Returns the columns of a row as the library takes them. */
function rowOf(row: unknown, columns: readonly ParquetColumn[]): Row {
  if (typeof row !== 'object' || row === null) {
    throw hadoopError(
      'IOException',
      `A row of a Parquet file is an object with the columns' names, and not ${String(row)}`,
    );
  }
  const given = row as Row;
  const known = new Set(columns.map(({ name }) => name));
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw hadoopError('IOException', `parquetOutput() has no column '${unknown}'`);
  return Object.fromEntries(
    columns.map(({ name, type, nullable = true }) => {
      const value = given[name];
      if (value == null) {
        if (!nullable)
          throw hadoopError('IOException', `The column '${name}' is not nullable, and a row has no value there`);
        return [name, null];
      }
      if (!FITS[type](value))
        throw hadoopError(
          'IOException',
          `The column '${name}' is ${type}, and a row has ${typeof value} ${String(value)} there`,
        );
      return [name, type === 'INT64' ? BigInt(value as number | bigint) : value];
    }),
  );
}
