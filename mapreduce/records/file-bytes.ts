/** Reads the bytes of one file's part of a split. */
import { type Codec, codecOf } from '../../client/codecs/codecs.ts';
import { decompress } from '../../client/codecs/decompress.ts';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { uriOf } from '../files/file-systems.ts';
import { FILE_INPUT_GROUP } from '../job/counter-names.ts';
import type { FileSplit, RangeSplit } from '../job/input-split.ts';
import type { RecordsRun } from './records-run.ts';

/** Bytes of one read past the split's end, for the record that crosses the end. */
const BEYOND_BYTES = 16 * 1024;

/** The bytes of a part of a file, and how far they are read. A range has no bytes. */
export class FileBytes {
  readonly #run: RecordsRun;
  readonly #split: FileSplit | RangeSplit;
  readonly #codec: Codec | undefined;
  #bytesRead = 0;

  /** @param isKept whether a compressed file is read as it is */
  constructor(run: RecordsRun, split: FileSplit | RangeSplit, isKept: boolean) {
    this.#run = run;
    this.#split = split;
    this.#codec = split.kind === 'file' && !isKept ? codecOf(split.path) : undefined;
  }

  /** The split for the record reader. The length of decompressed bytes is not known before. */
  get split(): FileSplit | RangeSplit {
    return this.#codec ? { ...this.#split, length: Number.POSITIVE_INFINITY } : this.#split;
  }

  /** Returns the bytes of the split that are read. `offset` is the place of the reader. */
  read(offset: number): number {
    return this.#codec ? this.#bytesRead : offset - this.#split.start;
  }

  /**
   * Yields the bytes of the split, and then those after it in small pieces, until the file ends or the caller stops. A
   * compressed file is decompressed. Counts the bytes of the file.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const split = this.#split;
    if (split.kind !== 'file') return;
    const fs = this.#run.fileSystems.get(split.fsUri);
    const scheme = split.fsUri.slice(0, split.fsUri.indexOf(':'));
    await using input = await fs.open(split.path);
    this.#run.counters.addFileSystem(scheme, 'READ_OPS', 1);
    const bytes = this.#counted(bytesFrom(input, split), scheme);
    if (!this.#codec) yield* bytes;
    else yield* decompress(bytes, streamOf(this.#codec), { file: uriOf(fs, split.path) });
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

/** @throws Error for a codec that is not supported; the submission has refused its files */
function streamOf({ name, stream }: Codec): NonNullable<Codec['stream']> {
  if (!stream) throw new Error(`Calf has no ${name}`);
  return stream;
}

async function* bytesFrom(input: FileInput, split: FileSplit): AsyncGenerator<Uint8Array> {
  const end = Math.min(split.start + split.length, input.length);
  yield* input.stream({ start: split.start, end });
  yield* beyond(input, end);
}

async function* beyond(input: FileInput, start: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < input.length; ) {
    const chunk = await input.pread(position, BEYOND_BYTES);
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}
