/** Reads the bytes of a map task's split. */
import { type Codec, codecOf } from '../../client/codecs/codecs.ts';
import { decompress } from '../../client/codecs/decompress.ts';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { uriOf } from '../files/file-systems.ts';
import { FILE_INPUT_GROUP } from '../job/counter-names.ts';
import type { FileSplit, InputSplit } from '../job/input-split.ts';
import type { TaskRun } from './task-run.ts';

/** Bytes of one read past the split's end, for the record that crosses the end. */
const BEYOND_BYTES = 16 * 1024;

/** The bytes of a map task's split, and how far they are read. */
export class MapInput {
  readonly #run: TaskRun;
  readonly #split: InputSplit;
  readonly #codec: Codec | undefined;
  #bytesRead = 0;

  constructor(run: TaskRun, split: InputSplit) {
    this.#run = run;
    this.#split = split;
    const isKept = run.job.input?.compression === 'kept';
    this.#codec = split.kind === 'file' && !isKept ? codecOf(split.path) : undefined;
  }

  /** The split for the record reader. The length of decompressed bytes is not known before. */
  get split(): InputSplit {
    return this.#codec ? { ...this.#split, length: Number.POSITIVE_INFINITY } : this.#split;
  }

  /** Returns the part of the split that is read, from 0 to 1. `offset` is the place of the reader. */
  progress(offset: number): number {
    const { start, length } = this.#split;
    return (this.#codec ? this.#bytesRead : offset - start) / Math.max(1, length);
  }

  /**
   * Yields the bytes of the split, and then those after it in small pieces, until the file ends or the caller stops. A
   * compressed file is decompressed. Counts the bytes of the file.
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
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
