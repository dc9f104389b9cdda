import type { InputFormat, RecordReader } from './format.ts';
import { LineRecordReader } from './line-record-reader.ts';

/** Hadoop's name for it. */
const SEPARATOR = 'mapreduce.input.keyvaluelinerecordreader.key.value.separator';

/**
 * Hadoop's KeyValueTextInputFormat: each line is split at its first separator (TAB) into key and value; a line without
 * one is all key.
 */
export function keyValueTextInput(options: { readonly separator?: string } = {}): InputFormat<string, string> {
  return {
    createReader: (split, conf) =>
      new KeyValueRecordReader(
        new LineRecordReader(split.start, split.length),
        options.separator ?? conf.get(SEPARATOR, '\t'),
      ),
  };
}

class KeyValueRecordReader implements RecordReader<string, string> {
  key = '';
  value = '';
  readonly #lines: LineRecordReader;
  readonly #separator: string;

  constructor(lines: LineRecordReader, separator: string) {
    this.#lines = lines;
    this.#separator = separator;
  }

  get offset(): number {
    return this.#lines.offset;
  }

  get done(): boolean {
    return this.#lines.done;
  }

  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  next(): boolean {
    if (!this.#lines.next()) return false;
    const line = this.#lines.value;
    const at = line.indexOf(this.#separator);
    this.key = at < 0 ? line : line.slice(0, at);
    this.value = at < 0 ? '' : line.slice(at + this.#separator.length);
    return true;
  }
}
