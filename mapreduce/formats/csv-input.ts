/** Input format for files of comma-separated values. */
import { CsvReader, type CsvReaderOptions } from './csv-reader.ts';
import type { FedInputFormat } from './format.ts';
import { fileOf } from './lines.ts';

export interface CsvInputOptions {
  /** One character; default a comma. */
  readonly delimiter?: string;
  /** One character; default `"`. A quoted field may hold delimiters and line ends, and a doubled quote is one quote. */
  readonly quote?: string;
  /** The first row of each file has the names of the columns: values are objects. */
  readonly header?: boolean;
  /** The names of the columns: values are objects. With `header`, the header is skipped. */
  readonly columns?: readonly string[];
  /**
   * Default true: a file is one split, because nothing within a file tells whether a line end there is quoted. With false,
   * large files are split; a field must not hold line ends then.
   */
  readonly newlinesInFields?: boolean;
}

/** Gives each row of CSV; the key is its byte offset. Each row of a file must have the same number of fields. */
export function csvInput(
  options: CsvInputOptions & ({ readonly header: true } | { readonly columns: readonly string[] }),
): FedInputFormat<number, Readonly<Record<string, string>>>;
export function csvInput(options?: CsvInputOptions): FedInputFormat<number, readonly string[]>;
export function csvInput(options: CsvInputOptions = {}): FedInputFormat<number, never> {
  const { delimiter = ',', quote = '"', header = false, columns, newlinesInFields = true } = options;
  for (const [name, value] of Object.entries({ delimiter, quote })) {
    if (value.length !== 1 || value > '\x7f')
      throw new TypeError(`csvInput() needs one ASCII character as its ${name}`);
  }
  const reading: Omit<CsvReaderOptions, 'file'> = { delimiter, quote, header, ...(columns ? { columns } : {}) };
  // Without its header, a later split of the file would not know its columns.
  const isSplittable = !newlinesInFields && (!header || columns !== undefined);
  return {
    isSplittable: () => isSplittable,
    combines: true,
    createReader: (split) => new CsvReader(split.start, split.length, { ...reading, file: fileOf(split) }) as never,
  };
}
