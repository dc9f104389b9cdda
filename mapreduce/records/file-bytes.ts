/** Reads the bytes of one file's part of a split. */
import type { Codec } from '../../client/codecs/codec.ts';
import { codecOf } from '../../client/codecs/codecs.ts';
import { blocksOfSplit, hasFirstBlock } from '../../client/codecs/compressed-splits.ts';
import { decompress } from '../../client/codecs/decompress.ts';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { uriOf } from '../files/file-systems.ts';
import type { FedInputFormat } from '../formats/format.ts';
import { FILE_INPUT_GROUP } from '../job/counter-names.ts';
import type { FileSplit, RangeSplit } from '../job/input-split.ts';
import type { RecordsRun } from './records-run.ts';

/** Bytes of one read past the split's end, for the record that crosses the end. */
const BEYOND_BYTES = 16 * 1024;
/** The same of a compressed file, whose blocks are larger. */
const BEYOND_COMPRESSED_BYTES = 256 * 1024;

/** The bytes of a part of a file, and how far they are read. A range has no bytes. */
export class FileBytes {
  readonly #run: RecordsRun;
  readonly #split: FileSplit | RangeSplit;
  /** Undefined for a file that is not compressed, and for one that is read as it is. */
  readonly #codec: Codec | undefined;
  /** Whether the splits of the file are cut at blocks of its codec. */
  readonly #isCut: boolean;
  #bytesRead = 0;

  constructor(
    run: RecordsRun,
    split: FileSplit | RangeSplit,
    { compression, splitsCompressed }: Pick<FedInputFormat<unknown, unknown>, 'compression' | 'splitsCompressed'>,
  ) {
    this.#run = run;
    this.#split = split;
    this.#codec = split.kind === 'file' && compression !== 'kept' ? codecOf(split.path) : undefined;
    this.#isCut = this.#codec?.splittable === true && splitsCompressed === true;
  }

  /**
   * The split for the record reader. The length of decompressed bytes is not known before. They are counted from the split's
   * start; those of the split with the file's first bytes are counted from 0.
   */
  get split(): FileSplit | RangeSplit {
    if (!this.#codec) return this.#split;
    return { ...this.#split, start: this.#readerStart, length: Number.POSITIVE_INFINITY };
  }

  get #readerStart(): number {
    return hasFirstBlock(this.#split.start) ? 0 : this.#split.start;
  }

  /** Returns the bytes of the split that are read. `offset` is the place of the reader. */
  read(offset: number): number {
    return this.#codec ? this.#bytesRead : offset - this.#split.start;
  }

  /**
   * Yields the bytes of the split, and then those after it in small pieces, until the file ends or the caller stops. A
   * compressed file is decompressed. Counts the bytes of the file.
   * @param endAt is called before the last bytes of a split of a compressed file, with the offset of its end
   */
  async *chunks(endAt: (offset: number) => void): AsyncGenerator<Uint8Array> {
    const split = this.#split;
    if (split.kind !== 'file') return;
    const fs = this.#run.fileSystems.get(split.fsUri);
    const scheme = split.fsUri.slice(0, split.fsUri.indexOf(':'));
    await using input = await fs.open(split.path);
    this.#run.counters.addFileSystem(scheme, 'READ_OPS', 1);
    const beyondBytes = this.#isCut ? BEYOND_COMPRESSED_BYTES : BEYOND_BYTES;
    const bytes = this.#counted(bytesFrom(input, split, beyondBytes), scheme);
    const file = uriOf(fs, split.path);
    if (!this.#codec) yield* bytes;
    else if (this.#isCut) yield* this.#blocks(bytes, file, split, endAt);
    else yield* decompress(bytes, this.#codec, { file });
  }

  async *#blocks(
    source: AsyncIterable<Uint8Array>,
    file: string,
    { start, length }: FileSplit,
    endAt: (offset: number) => void,
  ): AsyncGenerator<Uint8Array> {
    let offset = this.#readerStart;
    for await (const { bytes, isLast } of blocksOfSplit(source, { file, start, end: start + length })) {
      offset += bytes.length;
      if (isLast) endAt(offset);
      yield bytes;
    }
  }

  async *#counted(source: AsyncIterable<Uint8Array>, scheme: string): AsyncGenerator<Uint8Array> {
    const { counters } = this.#run;
    for await (const chunk of source) {
      this.#bytesRead += chunk.length;
      counters.addFileSystem(scheme, 'BYTES_READ', chunk.length);
      counters.add(FILE_INPUT_GROUP, 'BYTES_READ', chunk.length);
      yield chunk;
    }
  }
}

async function* bytesFrom(input: FileInput, split: FileSplit, beyondBytes: number): AsyncGenerator<Uint8Array> {
  const end = Math.min(split.start + split.length, input.length);
  yield* input.stream({ start: split.start, end });
  yield* beyond(input, end, beyondBytes);
}

async function* beyond(input: FileInput, start: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < input.length; ) {
    const chunk = await input.pread(position, bytes);
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}
