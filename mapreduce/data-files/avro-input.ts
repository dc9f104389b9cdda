/** Input format for Avro's object container files. */
import type { Type } from 'avsc';
import { hadoopError } from '../../runtime/errors.ts';
import type { AsyncInputFormat, AsyncRecordReader } from '../formats/format.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import { type AvroBlock, avroBlocks, avroHeader } from './avro-container.ts';
import { avroType, pick, plain } from './avro-types.ts';

/**
 * Gives the values of Avro files, as Hadoop's AvroKeyInputFormat: records and maps as plain objects, a long that no number
 * holds as a bigint, bytes as Uint8Array. A value of a union whose types JavaScript can't tell apart is
 * `{ name of its type: value }`. The key is the offset of the value's block. Files are split at their sync marks.
 * @param options.columns the fields that are kept; default: all
 */
export function avroInput<V = Record<string, unknown>>(
  options: { readonly columns?: readonly string[] } = {},
): AsyncInputFormat<number, V> {
  return {
    async openReader(split, context) {
      if (split.kind !== 'file') throw new Error('avroInput() reads splits of one file');
      const input = await context.open(split);
      const file = `${split.fsUri}${split.path}`;
      const header = await avroHeader(input, file);
      const type = await avroType(JSON.parse(header.schema), false);
      const { start, length } = split;
      const blocks = avroBlocks(input, { file, header, start, end: start + length, load: hostCodec });
      return new Reader<V>({ blocks, type, file, start, length, columns: options.columns });
    },
  };
}

interface ReaderOptions {
  readonly blocks: AsyncGenerator<AvroBlock>;
  readonly type: Type;
  readonly file: string;
  readonly start: number;
  readonly length: number;
  readonly columns: readonly string[] | undefined;
}

/** The type of the values is the one that the job says its files have. */
class Reader<V> implements AsyncRecordReader<number, V> {
  key = 0;
  value: V = undefined as V;
  readonly #o: ReaderOptions;
  #block: AvroBlock | undefined;
  #left = 0;
  #at = 0;

  constructor(options: ReaderOptions) {
    this.#o = options;
  }

  get progress(): number {
    return Math.min(1, Math.max(0, (this.key - this.#o.start) / Math.max(1, this.#o.length)));
  }

  get offset(): number {
    return this.key;
  }

  next(): boolean | Promise<boolean> {
    if (this.#left === 0) return this.#nextBlock();
    this.#decode();
    return true;
  }

  async close(): Promise<void> {
    await this.#o.blocks.return(undefined);
  }

  async #nextBlock(): Promise<boolean> {
    do {
      const { done, value } = await this.#o.blocks.next();
      if (done) return false;
      this.#block = value;
      this.#left = value.count;
      this.#at = 0;
    } while (this.#left === 0);
    this.#decode();
    return true;
  }

  #decode(): void {
    const { type, file, columns } = this.#o;
    const block = this.#block;
    if (!block) return;
    const { value, offset } = type.decode(block.data, this.#at);
    if (offset < 0) {
      throw hadoopError('EOFException', `${file}: the block at offset ${block.offset} ends within a record`);
    }
    this.key = block.offset;
    this.value = pick(plain(value), columns) as V;
    this.#at = offset;
    this.#left--;
  }
}
