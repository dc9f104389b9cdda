/** An output whose writer writes by itself. */
import { awaitedLater } from '../../runtime/promises.ts';
import type { AsyncOutputFormat, AsyncRecordWriter } from '../formats/format.ts';
import { Text, withoutText } from '../formats/text.ts';
import { snapshot } from '../sort/value-codec.ts';
import type { AttemptFiles } from './attempt-files.ts';
import type { PairOutput } from './pair-output.ts';
import { PairQueue } from './pair-queue.ts';
import { defaultFileSystem, formatContext, type OutputRun } from './records-run.ts';

export class OpenedOutput implements PairOutput {
  readonly #open: () => Promise<AsyncRecordWriter<unknown, unknown>>;
  readonly #format: AsyncOutputFormat<unknown, unknown>;
  /** Pairs that wait for the writer. */
  readonly #queue: PairQueue;
  #writer: AsyncRecordWriter<unknown, unknown> | undefined;
  /** The call of write() that has not ended. */
  #busy: Promise<void> | undefined;

  constructor(
    run: OutputRun,
    files: AttemptFiles,
    format: AsyncOutputFormat<unknown, unknown>,
    name: string,
    overflow: string,
  ) {
    this.#format = format;
    this.#queue = new PairQueue(overflow);
    const context = {
      ...formatContext(run),
      get fileSystem() {
        return defaultFileSystem(run);
      },
      name,
      directory: files.uri,
      taskIndex: run.launch.index,
      attemptId: run.launch.attemptId,
      create: (own = name) => files.create(own),
    };
    this.#open = async () => await format.openWriter(context);
  }

  get isFull(): boolean {
    return this.#busy !== undefined || !this.#queue.isEmpty;
  }

  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  async open(): Promise<void> {
    this.#writer ??= await this.#open();
  }

  write(key: unknown, value: unknown): void {
    if (!this.#writer || this.isFull) this.#queue.add(key, value);
    else this.#busy = this.#give(this.#writer, key, value);
  }

  async flush(): Promise<void> {
    await this.#idle();
    if (this.#queue.isEmpty) return;
    this.#writer ??= await this.#open();
    for await (const [key, value] of this.#queue.drain()) await this.#give(this.#writer, key, value);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#writer?.close();
  }

  async abort(): Promise<void> {
    await this.#writer?.abort?.();
  }

  async #idle(): Promise<void> {
    const busy = this.#busy;
    this.#busy = undefined;
    await busy;
  }

  #give(writer: AsyncRecordWriter<unknown, unknown>, key: unknown, value: unknown): Promise<void> | undefined {
    const { takesText, encodesAtOnce } = this.#format;
    const own = (part: unknown): unknown => {
      const taken = takesText ? part : withoutText(part);
      const isShared = typeof taken === 'object' && taken !== null && !(taken instanceof Text);
      return isShared && !encodesAtOnce ? snapshot(taken).value : taken;
    };
    const answer = writer.write(own(key), own(value));
    return answer instanceof Promise ? awaitedLater(answer) : undefined;
  }
}
