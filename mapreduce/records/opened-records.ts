/** The records of a format whose reader reads by itself. */
import type { FileInput } from '../../client/filesystem/file-system.ts';
import type { AsyncInputFormat, AsyncRecordReader } from '../formats/format.ts';
import { FILE_INPUT_GROUP } from '../job/counter-names.ts';
import type { InputSplit } from '../job/input-split.ts';
import { defaultFileSystem, formatContext, type RecordsRun } from './records-run.ts';
import type { ReadyRecords, SplitRecords } from './split-records.ts';

export class OpenedRecords implements SplitRecords, ReadyRecords {
  readonly #reader: AsyncRecordReader<unknown, unknown>;
  readonly #path: string;
  readonly #files: readonly FileInput[];
  /** The reader stands at a record that next() has not given yet. */
  #isWaiting = false;
  /** The reader's answer that more() awaits. */
  #answer: Promise<boolean> | undefined;
  #ended = false;

  private constructor(reader: AsyncRecordReader<unknown, unknown>, split: InputSplit, files: readonly FileInput[]) {
    this.#reader = reader;
    this.#path = split.kind === 'file' ? `${split.fsUri}${split.path}` : '';
    this.#files = files;
  }

  static async open(
    run: RecordsRun,
    format: AsyncInputFormat<unknown, unknown>,
    split: InputSplit,
  ): Promise<OpenedRecords> {
    const files: FileInput[] = [];
    const context = {
      ...formatContext(run),
      get fileSystem() {
        return defaultFileSystem(run);
      },
      open: async ({ fsUri, path }: { readonly fsUri: string; readonly path: string }): Promise<FileInput> => {
        const fs = run.fileSystems.get(fsUri);
        const file = counted(await fs.open(path), run, fsUri);
        files.push(file);
        return file;
      },
    };
    try {
      return new OpenedRecords(await format.openReader(split, context), split, files);
    } catch (e) {
      await closeAll(files);
      throw e;
    }
  }

  get ready(): ReadyRecords {
    return this;
  }

  get key(): unknown {
    return this.#reader.key;
  }

  get value(): unknown {
    return this.#reader.value;
  }

  get exactKey(): unknown {
    return this.#reader.exactKey;
  }

  get exactValue(): unknown {
    return this.#reader.exactValue;
  }

  get offset(): number {
    return this.#reader.offset ?? 0;
  }

  get path(): string {
    return this.#reader.path ?? this.#path;
  }

  get progress(): number {
    return this.#reader.progress;
  }

  next(): boolean {
    if (this.#isWaiting) {
      this.#isWaiting = false;
      return true;
    }
    if (this.#ended) return false;
    const answer = this.#reader.next();
    if (typeof answer === 'boolean') {
      this.#ended = !answer;
      return answer;
    }
    this.#answer = answer;
    return false;
  }

  async more(): Promise<boolean> {
    if (this.#ended) return false;
    this.#isWaiting = await (this.#answer ?? this.#reader.next());
    this.#answer = undefined;
    this.#ended = !this.#isWaiting;
    return this.#isWaiting;
  }

  async close(): Promise<void> {
    try {
      await this.#reader.close();
    } finally {
      await closeAll(this.#files);
    }
  }
}

async function closeAll(files: readonly FileInput[]): Promise<void> {
  for (const file of files) await file.close();
}

/** Returns the file, with its reads counted. */
function counted(file: FileInput, { counters }: RecordsRun, fsUri: string): FileInput {
  const scheme = fsUri.slice(0, fsUri.indexOf(':'));
  counters.addFileSystem(scheme, 'READ_OPS', 1);
  const count = (bytes: number): void => {
    counters.addFileSystem(scheme, 'BYTES_READ', bytes);
    counters.add(FILE_INPUT_GROUP, 'BYTES_READ', bytes);
  };
  const close = (): Promise<void> => file.close();
  return {
    get length() {
      return file.length;
    },
    async pread(position, length) {
      const bytes = await file.pread(position, length);
      count(bytes.length);
      return bytes;
    },
    async *stream(range) {
      for await (const chunk of file.stream(range)) {
        count(chunk.length);
        yield chunk;
      }
    },
    readable(range) {
      return file.readable(range).pipeThrough(
        new TransformStream({
          transform(chunk, controller) {
            count(chunk.length);
            controller.enqueue(chunk);
          },
        }),
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
