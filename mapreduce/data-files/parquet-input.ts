/** Input format for Parquet files. */
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import type { AsyncInputFormat, AsyncRecordReader } from '../formats/format.ts';
import { plain } from './avro-types.ts';

/** Rows of the file, from the first of `start` up to `end`. */
interface RowGroup {
  readonly start: number;
  readonly end: number;
  /** The byte in the file's middle of the group, which decides to which split the group belongs. */
  readonly middle: number;
}

interface OpenFile {
  readonly name: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/**
 * Gives the rows of Parquet files as plain objects: a 64-bit number that no number holds as a bigint, dates and timestamps as
 * Date, and bytes without annotation as Uint8Array. The key is the row's number in its file. A row group belongs to the split
 * in which its middle lies, as in parquet-mr; so a file is split at its row groups.
 * @param options.columns the columns that are read; default: all. Other columns are not read from the disk
 */
export function parquetInput<V = Record<string, unknown>>(
  options: { readonly columns?: readonly string[] } = {},
): AsyncInputFormat<number, V> {
  return {
    async openReader(split, context) {
      if (split.kind !== 'file') throw new Error('parquetInput() reads splits of one file');
      const name = `${split.fsUri}${split.path}`;
      const buffer = bufferOf(await context.open(split));
      const { parquetMetadataAsync } = await import('hyparquet');
      const metadata = await named(name, parquetMetadataAsync(buffer));
      const end = split.start + split.length;
      const groups = rowGroups(metadata).filter(({ middle }) => split.start <= middle && middle < end);
      return new Reader<V>({ name, buffer, metadata }, groups, options.columns);
    },
  };
}

/** Returns the file for the library. */
function bufferOf(input: FileInput): AsyncBuffer {
  return {
    byteLength: input.length,
    async slice(start, end = input.length) {
      const bytes = await input.pread(start, end - start);
      const copy = new ArrayBuffer(bytes.length);
      new Uint8Array(copy).set(bytes);
      return copy;
    },
  };
}

function rowGroups(metadata: FileMetaData): RowGroup[] {
  let start = 0;
  return metadata.row_groups.map(({ columns, num_rows }) => {
    const chunks = columns.flatMap(({ meta_data }) => (meta_data ? [meta_data] : []));
    const offsets = chunks.map((chunk) => Number(chunk.dictionary_page_offset ?? chunk.data_page_offset));
    const length = chunks.reduce((sum, chunk) => sum + Number(chunk.total_compressed_size), 0);
    const group = {
      start,
      end: start + Number(num_rows),
      middle: Math.min(...offsets) + Math.floor(length / 2),
    };
    start = group.end;
    return group;
  });
}

/** @throws IOException that names the file */
async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (e) {
    throw hadoopError('IOException', `${name}: ${messageOf(e)}`, e);
  }
}

/** The type of the rows is the one that the job says its files have. */
class Reader<V> implements AsyncRecordReader<number, V> {
  key = -1;
  value: V = undefined as V;
  readonly #file: OpenFile;
  readonly #groups: readonly RowGroup[];
  readonly #columns: readonly string[] | undefined;
  #next = 0;
  #rows: readonly unknown[] = [];
  #at = 0;

  constructor(file: OpenFile, groups: readonly RowGroup[], columns: readonly string[] | undefined) {
    this.#file = file;
    this.#groups = groups;
    this.#columns = columns;
  }

  get progress(): number {
    const inGroup = this.#rows.length === 0 ? 0 : this.#at / this.#rows.length;
    return this.#groups.length === 0 ? 1 : (Math.max(0, this.#next - 1) + inGroup) / this.#groups.length;
  }

  next(): boolean | Promise<boolean> {
    if (this.#at >= this.#rows.length) return this.#nextGroup();
    this.#take();
    return true;
  }

  close(): void {
    this.#rows = [];
  }

  async #nextGroup(): Promise<boolean> {
    for (;;) {
      const group = this.#groups[this.#next++];
      if (!group) return false;
      const [{ parquetReadObjects }, { compressors }] = await Promise.all([
        import('hyparquet'),
        import('hyparquet-compressors'),
      ]);
      const { name, buffer, metadata } = this.#file;
      const range = {
        rowStart: group.start,
        rowEnd: group.end,
        ...(this.#columns ? { columns: [...this.#columns] } : {}),
      };
      const reading = parquetReadObjects({ file: buffer, metadata, compressors, utf8: false, ...range });
      this.#rows = await named(name, reading);
      this.#at = 0;
      this.key = group.start - 1;
      if (this.#rows.length === 0) continue;
      this.#take();
      return true;
    }
  }

  #take(): void {
    this.key++;
    this.value = plain(this.#rows[this.#at++]) as V;
  }
}
