/** Output format of comma-separated values. */
import { stringify } from 'csv-stringify/sync';
import { fieldText } from './field-text.ts';
import type { BytesOutputFormat, RecordWriter } from './format.ts';

export interface CsvOutputOptions {
  /** One character; default a comma. */
  readonly delimiter?: string;
  /** The names of the columns, in their order. Without it, they are those of the first object. */
  readonly columns?: readonly string[];
  /** Each file begins with the names of the columns. */
  readonly header?: boolean;
}

/** Approximate bytes of a row beside its text. */
const ROW_BYTES = 16;

/**
 * Writes a row of CSV for each pair: a key that is not null is the first field; then come the elements of an array, the
 * properties of an object by the columns, or the value itself. Fields with delimiters, quotes or line ends are quoted.
 */
export function csvOutput<K = unknown, V = unknown>(options: CsvOutputOptions = {}): BytesOutputFormat<K, V> {
  return { extension: '.csv', createWriter: () => new CsvWriter(options) };
}

class CsvWriter implements RecordWriter<unknown, unknown> {
  pendingBytes = 0;
  readonly #delimiter: string;
  #columns: readonly string[] | undefined;
  #needsHeader: boolean;
  #rows: string[][] = [];

  constructor({ delimiter = ',', columns, header = false }: CsvOutputOptions) {
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.#needsHeader = header;
  }

  /** @throws TypeError for an object with other properties than the columns */
  write(key: unknown, value: unknown): void {
    const row = this.#fields(value).map((field, i) => fieldText(`field ${i + 1}`, field));
    if (key != null) row.unshift(fieldText('key', key));
    if (this.#needsHeader && this.#columns) this.#add([...this.#columns]);
    this.#needsHeader &&= this.#columns === undefined;
    this.#add(row);
  }

  take(): Uint8Array {
    const bytes = this.#rows.length === 0 ? '' : stringify(this.#rows, { delimiter: this.#delimiter });
    this.#rows = [];
    this.pendingBytes = 0;
    return Buffer.from(bytes);
  }

  #fields(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (value == null) return [];
    if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return [value];
    this.#columns ??= Object.keys(value);
    const unknown = Object.keys(value).find((name) => !this.#columns?.includes(name));
    if (unknown !== undefined) {
      throw new TypeError(`csvOutput(): the value has '${unknown}', and the columns are ${this.#columns.join(', ')}`);
    }
    return this.#columns.map((name) => (value as Record<string, unknown>)[name]);
  }

  #add(row: string[]): void {
    this.#rows.push(row);
    this.pendingBytes += row.reduce((sum, field) => sum + field.length + 1, ROW_BYTES);
  }
}
