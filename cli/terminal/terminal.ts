import type { Writable } from 'node:stream';

const BUFFERED_CHARS_MAX = 32_768;

/** Standard output and error of a command. Lines are buffered; their order across both streams is kept. */
export class Terminal {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  #buffered = '';

  constructor(stdout: Writable, stderr: Writable) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Results. */
  out(line: string): void {
    this.print(`${line}\n`);
  }

  print(text: string): void {
    this.#buffered += text;
    if (this.#buffered.length > BUFFERED_CHARS_MAX) this.flush();
  }

  /** Everything that is no result. */
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

  /** Bytes of a file; resolves when the stream has room again. */
  async write(chunk: Uint8Array): Promise<void> {
    this.flush();
    if (this.#stdout.write(chunk)) return;
    await new Promise<void>((resolve) => this.#stdout.once('drain', resolve));
  }

  /** Both are a person's screen: only then progress is shown. */
  get isInteractive(): boolean {
    return [this.#stdout, this.#stderr].every((stream) => (stream as { isTTY?: boolean }).isTTY === true);
  }
}

/** Ends the process as SIGPIPE would when the reader of standard output is gone (`| head`). */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', (e: NodeJS.ErrnoException) => {
    if (e.code === 'EPIPE') process.exit(141);
    throw e;
  });
}
