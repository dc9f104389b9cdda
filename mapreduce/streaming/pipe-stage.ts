/** Runs one executable over the pairs of a task: what PipeMapRed of Hadoop does for PipeMapper and PipeReducer. */
import { systemClock } from '../../runtime/runtime.ts';
import { ErrorLines, type ErrorTarget } from './error-lines.ts';
import type { PairWriter } from './input-writers.ts';
import type { Datum, Emit } from './kinds.ts';
import type { PairReader } from './output-readers.ts';
import { PipeProcess } from './pipe-process.ts';
import { StreamProgress } from './stream-progress.ts';
import { closedInputFailure, statusFailure } from './task-failure.ts';

const NEWLINE = Buffer.from('\n');

export interface PipeStageOptions {
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** stream.stderr.reporter.prefix */
  readonly reporterPrefix: string;
  readonly errors: ErrorTarget;
  readonly reader: PairReader;
  writer(process: PipeProcess): PairWriter;
  /** stream.non.zero.exit.is.failure */
  readonly statusCounts: boolean;
  /** A steady clock, in milliseconds. Default: the system's. */
  readonly nowMs?: () => number;
}

/** An executable and the pairs on their way to it and from it. Its methods run one after the other. */
export class PipeStage {
  readonly #process: PipeProcess;
  readonly #writer: PairWriter;
  readonly #o: PipeStageOptions;
  readonly #errorLines: ErrorLines;

  readonly #progress: StreamProgress;

  private constructor(
    process: PipeProcess,
    options: PipeStageOptions,
    errorLines: ErrorLines,
    progress: StreamProgress,
  ) {
    this.#progress = progress;
    this.#process = process;
    this.#o = options;
    this.#writer = options.writer(process);
    this.#errorLines = errorLines;
  }

  /** @throws RuntimeException if the program can't be started */
  static async start(options: PipeStageOptions): Promise<PipeStage> {
    const { errors, nowMs = () => systemClock.monotonicMs() } = options;
    const progress = new StreamProgress((status) => errors.setStatus(status), nowMs);
    const errorLines = new ErrorLines(options.reporterPrefix, {
      count: (group, counter, by) => errors.count(group, counter, by),
      setStatus: (status) => progress.status(status),
      log: (line) => errors.log(line),
    });
    const process = await PipeProcess.start({
      words: options.words,
      directory: options.directory,
      environment: options.environment,
      onError(chunk) {
        errorLines.feed(chunk);
        progress.alive();
      },
    });
    return new PipeStage(process, options, errorLines, progress);
  }

  /**
   * Writes one pair, and gives the pairs that the executable has written meanwhile. Returns a promise if the executable is
   * slow; the next pair waits for it.
   */
  write(key: Datum, value: Datum, emit: Emit): Promise<void> | undefined {
    if (this.#process.hasOutput) this.#give(emit);
    this.#writer.write(key, value);
    this.#progress.read();
    return this.#process.isFull || this.#process.hasClosedInput ? this.#untilThereIsRoom(emit) : undefined;
  }

  /** Writes the pairs of one group; otherwise as write(). `keyOf` returns the key of the value that was read last. */
  writeAll(keyOf: () => Datum, values: Iterable<unknown>, emit: Emit): Promise<void> | undefined {
    const iterator = values[Symbol.iterator]();
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      const waiting = this.write(keyOf(), next.value as Datum, emit);
      if (waiting) return this.#writeRest(waiting, keyOf, iterator, emit);
    }
    return undefined;
  }

  /**
   * Closes the input and gives all that the executable still writes.
   * @throws RuntimeException if the executable fails, IOException if it has ended without reading its input
   */
  async finish(emit: Emit): Promise<void> {
    await this.#until(() => !this.#process.isSending, emit);
    if (this.#process.hasClosedInput) await this.#failForClosedInput(emit);
    this.#process.end();
    await this.#untilEnd(emit);
  }

  /** Ends the executable if it still runs. */
  kill(): void {
    this.#process.kill();
  }

  async #writeRest(waiting: Promise<void>, keyOf: () => Datum, rest: Iterator<unknown>, emit: Emit): Promise<void> {
    await waiting;
    for (let next = rest.next(); !next.done; next = rest.next()) await this.write(keyOf(), next.value as Datum, emit);
  }

  async #untilThereIsRoom(emit: Emit): Promise<void> {
    await this.#until(() => !this.#process.isFull, emit);
    if (this.#process.hasClosedInput) await this.#failForClosedInput(emit);
  }

  /** @throws always: the status of the executable counts more than the pipe that it has closed */
  async #failForClosedInput(emit: Emit): Promise<never> {
    await this.#untilEnd(emit);
    throw closedInputFailure(this.#errorLines.last);
  }

  async #untilEnd(emit: Emit): Promise<void> {
    await this.#until(() => this.#process.status !== undefined, emit);
    this.#o.reader.end(emit);
    this.#errorLines.end();
    const { status } = this.#process;
    if (status !== undefined && status !== 0 && this.#o.statusCounts)
      throw statusFailure(status, this.#errorLines.last);
  }

  async #until(condition: () => boolean, emit: Emit): Promise<void> {
    for (;;) {
      this.#give(emit);
      if (condition()) return;
      await this.#process.nextEvent();
    }
  }

  #give(emit: Emit): void {
    const chunks = this.#process.take();
    if (chunks.length === 0) return;
    const counted: Emit = (key, value) => {
      this.#progress.written();
      emit(key, value);
    };
    for (const chunk of chunks) this.#o.reader.feed(chunk, counted);
    this.#progress.alive();
  }
}

/** Returns the target of an executable's standard error: counters, the status, and the task's log. */
export function errorTarget(context: {
  counter(group: string, name: string): { increment(by?: number): void };
  setStatus(status: string): void;
}): ErrorTarget {
  return {
    count: (group, counter, by) => context.counter(group, counter).increment(by),
    setStatus: (status) => context.setStatus(status),
    log: (line) => process.stderr.write(Buffer.concat([line, NEWLINE])),
  };
}
