/** Input format that gives each file as one record. */
import { constants } from 'node:buffer';
import { hadoopError } from '../../runtime/errors.ts';
import type { FedInputFormat, RecordReader } from './format.ts';
import { fileOf } from './lines.ts';
import { decodeText } from './text.ts';

/**
 * Gives each file as one record, such as an image: the key is its URI, the value its bytes, or its text. A file whose name
 * ends with the suffix of a codec is decompressed; with `compression: 'kept'`, it is not.
 */
export function wholeFileInput(options: {
  readonly as: 'text';
  readonly compression?: 'kept';
}): FedInputFormat<string, string>;
export function wholeFileInput(options?: {
  readonly as?: 'bytes';
  readonly compression?: 'kept';
}): FedInputFormat<string, Uint8Array>;
export function wholeFileInput(
  options: { readonly as?: 'bytes' | 'text'; readonly compression?: 'kept' } = {},
): FedInputFormat<string, never> {
  const { as = 'bytes', compression } = options;
  return {
    ...(compression ? { compression } : {}),
    isSplittable: () => false,
    createReader: (split) => new WholeFileReader(fileOf(split), as === 'text') as never,
  };
}

class WholeFileReader implements RecordReader<string, Uint8Array | string> {
  readonly key: string;
  readonly offset = 0;
  value: Uint8Array | string = '';
  done = false;
  readonly #isText: boolean;
  #chunks: Uint8Array[] = [];
  #ended = false;

  constructor(file: string, isText: boolean) {
    this.key = file;
    this.#isText = isText;
  }

  feed(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  end(): void {
    this.#ended = true;
  }

  /** @throws IOException for a file that is larger than a value may be */
  next(): boolean {
    if (!this.#ended || this.done) return false;
    this.done = true;
    const length = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const max = this.#isText ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH;
    if (length > max) throw hadoopError('IOException', `${this.key}: ${length} bytes are too many for one record`);
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.value = this.#isText ? decodeText(bytes, 0, length) : new Uint8Array(bytes.buffer, bytes.byteOffset, length);
    return true;
  }
}
