/** The executable of a streaming task: its standard input and output, each with a limit on the bytes in memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { deferred } from '../../runtime/promises.ts';
import { startFailure } from './task-failure.ts';

/** Hadoop's buffer before the pipe (PipeMapRed.BUFFER_SIZE). */
const BUFFER_BYTES = 128 * 1024;
/** Bytes on their way to the executable at which the writer waits. */
const SENDING_BYTES_MAX = 2 * BUFFER_BYTES;
/** Bytes of output in memory at which no more is read. */
const OUTPUT_BYTES_MAX = 1024 * 1024;
/** Java's exit value of a process that a signal has ended is this and the signal's number. */
const SIGNALLED = 128;

export interface PipeOptions {
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Gets the standard error, in pieces. */
  onError(chunk: Buffer): void;
}

/** The states of an executable: it runs, or it has ended with this status and all of its output has arrived. */
type State = { readonly kind: 'running' } | { readonly kind: 'ended'; readonly status: number };

/**
 * Neither side can block the other one: while the writer waits for room, the output is taken; while nobody takes the output,
 * it is not read, and the executable waits.
 */
export class PipeProcess {
  readonly #child: ChildProcess;
  #state: State = { kind: 'running' };
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #buffered = 0;
  #sending = 0;
  #inputError: Error | undefined;
  #output: Buffer[] = [];
  #outputBytes = 0;
  /** Resolved at the next event: room for input, output, or the end. */
  #event = deferred<void>();

  private constructor(child: ChildProcess, { onError }: PipeOptions) {
    this.#child = child;
    child.stdin?.on('error', (e) => {
      this.#inputError ??= e;
      this.#happened();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#output.push(chunk);
      this.#outputBytes += chunk.length;
      if (this.#outputBytes >= OUTPUT_BYTES_MAX) child.stdout?.pause();
      this.#happened();
    });
    child.stderr?.on('data', onError);
    child.once('close', (code, signal) => {
      this.#state = { kind: 'ended', status: exitStatus(code, signal) };
      this.#happened();
    });
  }

  /** Starts the executable. @throws IOException in Java's words if that is not possible */
  static async start(options: PipeOptions): Promise<PipeProcess> {
    const { words, directory, environment } = options;
    const [program = '', ...args] = words;
    const child = spawn(program, args, { cwd: directory, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (e) => reject(startFailure(program, e)));
    });
    return new PipeProcess(child, options);
  }

  /** Whether the writer must wait for room(). */
  get isFull(): boolean {
    return this.#sending >= SENDING_BYTES_MAX && !this.#inputError;
  }

  /** Whether bytes are on their way to the executable. */
  get isSending(): boolean {
    return this.#sending > 0 && !this.#inputError;
  }

  /** Whether the executable has closed its input before all of it was written. */
  get hasClosedInput(): boolean {
    return this.#inputError !== undefined;
  }

  get hasOutput(): boolean {
    return this.#output.length > 0;
  }

  /** The exit status; undefined while the executable runs. */
  get status(): number | undefined {
    return this.#state.kind === 'ended' && !this.hasOutput ? this.#state.status : undefined;
  }

  /** Adds a copy of the bytes to the executable's input. */
  write(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES - this.#buffered) {
      this.#send();
      if (bytes.length >= BUFFER_BYTES) {
        this.#sendBytes(Buffer.from(bytes));
        return;
      }
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  /** Sends the rest of the input and closes it. An executable that does not read the rest has not failed. */
  end(): void {
    const rest = this.#buffer.subarray(0, this.#buffered);
    this.#buffered = 0;
    if (!this.#inputError) this.#child.stdin?.end(rest);
  }

  /** Returns the output that has come since the last call. */
  take(): readonly Buffer[] {
    const output = this.#output;
    this.#output = [];
    this.#outputBytes = 0;
    if (this.#child.stdout?.isPaused()) this.#child.stdout.resume();
    return output;
  }

  /** Resolves when there is room for input, output, or the end. */
  async nextEvent(): Promise<void> {
    await this.#event.promise;
  }

  /** Ends the executable, which nobody needs any more. */
  kill(): void {
    if (this.#state.kind === 'running') this.#child.kill('SIGKILL');
  }

  #send(): void {
    if (this.#buffered === 0) return;
    this.#sendBytes(this.#buffer.subarray(0, this.#buffered));
    this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.#buffered = 0;
  }

  #sendBytes(bytes: Buffer): void {
    if (this.#inputError) return;
    this.#sending += bytes.length;
    this.#child.stdin?.write(bytes, () => {
      this.#sending -= bytes.length;
      this.#happened();
    });
  }

  #happened(): void {
    this.#event.resolve();
    this.#event = deferred<void>();
  }
}

/** Returns the exit status of a process as Java does: that of one that a signal has ended is above 128. */
export function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? SIGNALLED + (signal ? os.constants.signals[signal] : 0);
}
