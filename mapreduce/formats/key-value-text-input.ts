/** Input format for lines of a key, a separator and a value. */
import type { FedInputFormat, RecordReader } from './format.ts';
import type { LineReader } from './line.ts';
import { lineReader, OverLines } from './lines.ts';
import { decodeExactly, decodeText, Text } from './text.ts';

const SEPARATOR = 'mapreduce.input.keyvaluelinerecordreader.key.value.separator';

/**
 * Splits each line at its first separator (default TAB) into key and value, as Hadoop's KeyValueTextInputFormat. A line
 * without a separator is a key with an empty value.
 */
export function keyValueTextInput(options: { readonly separator?: string } = {}): FedInputFormat<string, string> {
  return {
    splitsCompressed: true,
    combines: true,
    createReader: (split, conf) =>
      new KeyValueRecordReader(lineReader(split, conf), options.separator ?? firstCharacter(conf.get(SEPARATOR, ''))),
  };
}

/** Hadoop takes the first character of the property. */
const firstCharacter = (separator: string): string => separator.slice(0, 1) || '\t';

class KeyValueRecordReader extends OverLines implements RecordReader<string, string> {
  key = '';
  value = '';
  exactKey: string | Text = '';
  exactValue: string | Text = '';
  readonly #separator: string;

  constructor(lines: LineReader, separator: string) {
    super(lines);
    this.#separator = separator;
  }

  next(): boolean {
    if (!this.lines.next()) return false;
    const line = this.lines.exactValue;
    if (line instanceof Text) {
      this.#takeBytes(Buffer.from(line.bytes));
      return true;
    }
    const at = line.indexOf(this.#separator);
    this.exactKey = this.key = at < 0 ? line : line.slice(0, at);
    this.exactValue = this.value = at < 0 ? '' : line.slice(at + this.#separator.length);
    return true;
  }

  /** Splits a line that is not UTF-8. */
  #takeBytes(line: Buffer): void {
    const separator = Buffer.from(this.#separator);
    const at = line.indexOf(separator);
    const keyEnd = at < 0 ? line.length : at;
    const valueStart = at < 0 ? line.length : at + separator.length;
    this.key = decodeText(line, 0, keyEnd);
    this.value = decodeText(line, valueStart, line.length);
    this.exactKey = decodeExactly(line, 0, keyEnd);
    this.exactValue = decodeExactly(line, valueStart, line.length);
  }
}
