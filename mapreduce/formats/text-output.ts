/** Default output format: lines of text. */
import { fieldText } from './field-text.ts';
import type { BytesOutputFormat, RecordWriter } from './format.ts';
import { Text } from './text.ts';

const SEPARATOR = 'mapreduce.output.textoutputformat.separator';
/** Number of characters at which gathered text is encoded. */
const PART_CHARS = 32 * 1024;

/**
 * Writes `key TAB value NEWLINE`, as Hadoop's TextOutputFormat. A null key or value is left out, and the separator too.
 * Arrays and objects are written as JSON, bytes as they are, and all others as fieldText() does.
 */
export function textOutput(
  options: {
    readonly separator?: string;
    readonly extension?: string;
    /** An empty value is left out as null is, so that a line without a separator stays one. */
    readonly omitsEmptyValue?: boolean;
  } = {},
): BytesOutputFormat<unknown, unknown> {
  return {
    extension: options.extension ?? '',
    takesText: true,
    createWriter: (conf) =>
      new TextRecordWriter(options.separator ?? conf.get(SEPARATOR, '\t'), options.omitsEmptyValue),
  };
}

export class TextRecordWriter implements RecordWriter<unknown, unknown> {
  readonly #separator: string;
  readonly #omitsEmptyValue: boolean;
  #text = '';
  #parts: Buffer[] = [];
  #partsBytes = 0;

  constructor(separator = '\t', omitsEmptyValue = false) {
    this.#separator = separator;
    this.#omitsEmptyValue = omitsEmptyValue;
  }

  get pendingBytes(): number {
    return this.#partsBytes + this.#text.length;
  }

  write(key: unknown, value: unknown): void {
    this.#field('key', key);
    const hasValue = value != null && !(this.#omitsEmptyValue && value === '');
    if (key != null && hasValue) this.#text += this.#separator;
    this.#field('value', value);
    this.#text += '\n';
    if (this.#text.length >= PART_CHARS) this.#encode();
  }

  take(): Uint8Array {
    this.#encode();
    const bytes = this.#parts.length === 1 && this.#parts[0] ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    return bytes;
  }

  #field(path: 'key' | 'value', value: unknown): void {
    if (typeof value === 'string') this.#text += value;
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (value instanceof Text) this.#bytes(value.bytes);
    else if (typeof value === 'number') this.#text += value;
    else if (value != null) this.#text += fieldText(path, value);
  }

  #bytes(bytes: Uint8Array): void {
    this.#encode();
    this.#add(Buffer.from(bytes));
  }

  #encode(): void {
    if (this.#text === '') return;
    this.#add(Buffer.from(this.#text, 'utf8'));
    this.#text = '';
  }

  #add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
  }
}
