/** The records of a format whose reader is fed with bytes. */
import type { FedInputFormat, RecordReader } from '../formats/format.ts';
import type { FileSplit, InputSplit, RangeSplit } from '../job/input-split.ts';
import { FileBytes } from './file-bytes.ts';
import type { RecordsRun } from './records-run.ts';
import type { ReadyRecords, SplitRecords } from './split-records.ts';

const NONE: ReadyRecords = { key: undefined, value: undefined, next: () => false };

/** Feeds a reader for each file of the split, one after the other. */
export class FedRecords implements SplitRecords {
  readonly #run: RecordsRun;
  readonly #format: FedInputFormat<unknown, unknown>;
  readonly #parts: readonly (FileSplit | RangeSplit)[];
  readonly #length: number;
  /** Index of the part that is read. */
  #index = -1;
  #isDone = false;
  /** Length of the parts before it. */
  #lengthBefore = 0;
  #reader: RecordReader<unknown, unknown> | undefined;
  #bytes: FileBytes | undefined;
  #chunks: AsyncGenerator<Uint8Array> | undefined;
  /** Whether the reader was told that its file has ended. */
  #ended = false;

  constructor(run: RecordsRun, format: FedInputFormat<unknown, unknown>, split: InputSplit) {
    this.#run = run;
    this.#format = format;
    this.#parts = partsOf(split);
    this.#length = split.length;
  }

  get ready(): ReadyRecords {
    return this.#reader ?? NONE;
  }

  get offset(): number {
    return this.#reader?.offset ?? this.#parts[0]?.start ?? 0;
  }

  /** @throws Error outside the records of a split of several files, where there is no one file */
  get path(): string {
    const isOutside = this.#index < 0 || this.#isDone;
    if (isOutside && this.#parts.length > 1) {
      throw new Error(
        `This map reads ${this.#parts.length} files, so that context.path is the file of a record, in map(). ` +
          'For a map of its own for each small file, set calf.input.combine.min-files=0',
      );
    }
    const part = this.#parts[Math.max(0, this.#index)];
    return part?.kind === 'file' ? `${part.fsUri}${part.path}` : '';
  }

  get progress(): number {
    if (!this.#bytes || !this.#reader) return 0;
    return (this.#lengthBefore + this.#bytes.read(this.#reader.offset)) / Math.max(1, this.#length);
  }

  async more(): Promise<boolean> {
    for (;;) {
      const reader = this.#reader;
      if (reader && this.#chunks && !this.#ended && !reader.done) {
        const { done, value } = await this.#chunks.next();
        if (done) {
          this.#ended = true;
          reader.end();
        } else reader.feed(value);
        return true;
      }
      await this.#closePart();
      if (!this.#openNext()) return false;
    }
  }

  async close(): Promise<void> {
    await this.#closePart();
  }

  #openNext(): boolean {
    const part = this.#parts[this.#index + 1];
    if (!part) {
      this.#isDone = true;
      return false;
    }
    this.#lengthBefore += this.#parts[this.#index++]?.length ?? 0;
    this.#bytes = new FileBytes(this.#run, part, this.#format);
    const reader = this.#format.createReader(this.#bytes.split, this.#run.jobConf);
    this.#reader = reader;
    this.#chunks = this.#bytes.chunks((offset) => reader.endAt?.(offset));
    this.#ended = false;
    return true;
  }

  async #closePart(): Promise<void> {
    await this.#chunks?.return(undefined);
    this.#chunks = undefined;
  }
}

/** @throws Error for a split that only a reader of the format's own could read */
function partsOf(split: InputSplit): readonly (FileSplit | RangeSplit)[] {
  switch (split.kind) {
    case 'files':
      return split.files.map((file) => ({ ...split, ...file, kind: 'file' }));
    case 'custom':
      throw new Error(`The split ${split.name} has no file: its input format needs an openReader()`);
    default:
      return [split];
  }
}
