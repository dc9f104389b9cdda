/** Input format for lines of a key, a separator and a value. */
import type { InputFormat, RecordReader } from './format.ts';
import { LineRecordReader } from './line-record-reader.ts';

const SEPARATOR = 'mapreduce.input.keyvaluelinerecordreader.key.value.separator';

/**
 * Splits each line at its first separator (default TAB) into key and value, as Hadoop's KeyValueTextInputFormat. A line
 * without a separator is a key with an empty value.
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
