/** Standard output and standard error of a command. */
import type { Writable } from 'node:stream';

const BUFFERED_CHARS_MAX = 32_768;

/** Writes lines to both streams. Lines are buffered, and their order across the streams is kept. */
export class Terminal {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  #buffered = '';

  constructor(stdout: Writable, stderr: Writable) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Prints a result. */
  out(line: string): void {
    this.print(`${line}\n`);
  }

  print(text: string): void {
    this.#buffered += text;
    if (this.#buffered.length > BUFFERED_CHARS_MAX) this.flush();
  }

  /** Prints a message that is no result. */
  err(line: string): void {
    this.flush();
    this.#stderr.write(`${line}\n`);
  }

  flush(): void {
    if (this.#buffered === '') return;
    const text = this.#buffered;
    this.#buffered = '';
    this.#stdout.write(text);
  }

  /** Writes bytes of a file; resolves when the stream has room for more. */
  async write(chunk: Uint8Array): Promise<void> {
    this.flush();
    if (this.#stdout.write(chunk)) return;
    await new Promise<void>((resolve) => this.#stdout.once('drain', resolve));
  }

  /** Whether both streams are a terminal. Only then progress is shown. */
  get isInteractive(): boolean {
    return [this.#stdout, this.#stderr].every((stream) => (stream as { isTTY?: boolean }).isTTY === true);
  }
}

/** Makes the process end, as SIGPIPE would end it, when the reader of standard output is gone (`| head`). */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', (e: NodeJS.ErrnoException) => {
    if (e.code === 'EPIPE') process.exit(141);
    throw e;
  });
}

/** Prints one line, given without its newline. */
export type Print = (line: string) => void;

/** Prints a result. */
export const print: Print = (line) => {
  process.stdout.write(`${line}\n`);
};

/** Prints a message that is no result. */
export const complain: Print = (line) => {
  process.stderr.write(`${line}\n`);
};
