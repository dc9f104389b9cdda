/** Reads the rows of CSV (RFC 4180), whose quoted fields may hold line ends. */
import { CsvError, parse } from 'csv-parse/sync';
import { hadoopError } from '../../runtime/errors.ts';
import type { RecordReader } from './format.ts';
import { bomLength } from './line.ts';
import { decodeText } from './text.ts';

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);

export interface CsvReaderOptions {
  /** The file in messages. */
  readonly file: string;
  /** One character each. */
  readonly delimiter: string;
  readonly quote: string;
  /** The first row of the file has the names of the columns, and is no record. */
  readonly header: boolean;
  /** Names of the columns; undefined: those of the header. Without a header too, records are lists. */
  readonly columns?: readonly string[];
}

export type CsvRow = readonly string[] | Readonly<Record<string, string>>;

/** A row's bytes in the buffer, without its line end. */
interface Found {
  readonly start: number;
  readonly end: number;
  /** Index of the byte after the line end. */
  readonly after: number;
  readonly hasQuotes: boolean;
}

/**
 * A row belongs to the split in which it begins, as a line in LineRecordReader: a reader that does not start at 0 skips to the
 * first line end. Rows with quotes are parsed by csv-parse, and the others are cut at the delimiter. Empty lines are left out.
 */
export class CsvReader implements RecordReader<number, CsvRow> {
  /** Byte offset of the row in its file. */
  key = 0;
  value: CsvRow = [];
  done = false;
  readonly #options: CsvReaderOptions;
  readonly #quote: number;
  readonly #end: number;
  #columns: readonly string[] | undefined;
  /** Number of fields of the first row; the others must have as many. */
  #width: number | undefined;
  #bytes: Buffer = EMPTY;
  /** Offset of the first of #bytes in the file. */
  #base: number;
  #position = 0;
  /** Chunks that are not searched yet: a row of many chunks would be searched from its begin for each of them. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;
  #isSkipping: boolean;
  #needsHeader: boolean;
  /** Rows that are found and parsed, in their order. */
  #rows: { readonly offset: number; readonly fields: readonly string[] }[] = [];
  #nextRow = 0;

  constructor(start: number, length: number, options: CsvReaderOptions) {
    this.#options = options;
    this.#quote = options.quote.charCodeAt(0);
    this.#columns = options.columns;
    this.#base = start;
    this.#end = start + length;
    this.#isSkipping = start > 0;
    this.#needsHeader = options.header && start === 0;
  }

  get offset(): number {
    return this.key;
  }

  feed(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= this.#bytes.length - this.#position) this.#search();
  }

  end(): void {
    this.#ended = true;
    this.#search();
  }

  /** @throws IOException for a row that is no CSV, or has another number of fields, with its place */
  next(): boolean {
    for (;;) {
      const row = this.#rows[this.#nextRow++];
      if (!row) return false;
      if (this.#needsHeader) {
        this.#needsHeader = false;
        this.#columns ??= row.fields;
        this.#width = row.fields.length;
        continue;
      }
      if (row.offset > this.#end) {
        this.done = true;
        return false;
      }
      this.key = row.offset;
      this.value = this.#valueOf(row.fields);
      return true;
    }
  }

  #valueOf(fields: readonly string[]): CsvRow {
    this.#width ??= this.#columns?.length ?? fields.length;
    if (fields.length !== this.#width) {
      throw this.#error(this.key, `the row has ${fields.length} fields, and ${this.#width} are expected`);
    }
    const columns = this.#columns;
    if (!columns) return fields;
    return Object.fromEntries(columns.map((name, i) => [name, fields[i] ?? '']));
  }

  /** Finds the rows that are whole. */
  #search(): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#position), ...this.#held]);
    this.#base += this.#position;
    this.#position = bomLength(this.#bytes, this.#base);
    this.#held = [];
    this.#heldBytes = 0;
    this.#rows = [];
    this.#nextRow = 0;
    const ends = new Ends(this.#bytes, this.#quote);
    let quoted: Found[] = [];
    for (let found = this.#find(ends); found; found = this.#find(ends)) {
      this.#position = found.after;
      if (this.#isSkipping) this.#isSkipping = false;
      else if (found.hasQuotes) quoted.push(found);
      else {
        this.#parse(quoted);
        quoted = [];
        this.#add(found);
      }
    }
    this.#parse(quoted);
  }

  /** Returns the next row if its end has come. While skipping, quotes mean nothing: the split begins within a row. */
  #find(ends: Ends): Found | undefined {
    const start = this.#position;
    const { length } = this.#bytes;
    let at = start;
    let hasQuotes = false;
    for (;;) {
      const eol = ends.nextEnd(at);
      const quote = this.#isSkipping ? length : ends.nextQuote(at);
      if (quote < eol) {
        hasQuotes = true;
        const closing = this.#closing(quote);
        if (closing < 0 && !this.#ended) return undefined;
        at = closing < 0 ? length : closing + 1;
        continue;
      }
      if (eol === length) {
        return this.#ended && start < length ? { start, end: length, after: length, hasQuotes } : undefined;
      }
      const isCr = this.#bytes[eol] === CR;
      if (isCr && eol + 1 === length && !this.#ended) return undefined;
      return { start, end: eol, after: isCr && this.#bytes[eol + 1] === LF ? eol + 2 : eol + 1, hasQuotes };
    }
  }

  /** Returns the index of the quote that ends the field; -1 if it has not come. A doubled quote is a character of the field. */
  #closing(opening: number): number {
    for (let at = opening + 1; ; at += 2) {
      at = this.#bytes.indexOf(this.#quote, at);
      if (at < 0 || (at + 1 === this.#bytes.length && !this.#ended)) return -1;
      if (this.#bytes[at + 1] !== this.#quote) return at;
    }
  }

  #add({ start, end }: Found): void {
    if (start === end) return;
    const fields = decodeText(this.#bytes, start, end).split(this.#options.delimiter);
    this.#rows.push({ offset: this.#base + start, fields });
  }

  /** Parses neighbouring rows with quotes. */
  #parse(found: readonly Found[]): void {
    const [first] = found;
    const last = found.at(-1);
    if (!first || !last) return;
    const { delimiter, quote } = this.#options;
    let rows: string[][];
    try {
      rows = parse(decodeText(this.#bytes, first.start, last.end), {
        delimiter,
        quote,
        escape: quote,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
      });
    } catch (e) {
      if (!(e instanceof CsvError)) throw e;
      throw this.#error(this.#base + (found.length === 1 ? first.start : this.#parseEach(found)), e.message);
    }
    for (const [i, { start }] of found.entries())
      this.#rows.push({ offset: this.#base + start, fields: rows[i] ?? [] });
  }

  /** Returns the start of the first row that can't be parsed. */
  #parseEach(found: readonly Found[]): number {
    for (const row of found) {
      try {
        parse(decodeText(this.#bytes, row.start, row.end), {
          delimiter: this.#options.delimiter,
          quote: this.#options.quote,
          escape: this.#options.quote,
        });
      } catch (e) {
        if (e instanceof CsvError) return row.start;
        throw e;
      }
    }
    return found[0]?.start ?? 0;
  }

  #error(offset: number, message: string): Error {
    return hadoopError('IOException', `${this.#options.file}: no CSV at offset ${offset}: ${message}`);
  }
}

/** The next line end and the next quote of a buffer, each searched once. */
class Ends {
  readonly #bytes: Buffer;
  readonly #quote: number;
  #nextLf = -1;
  #nextCr = -1;
  #nextQuote = -1;

  constructor(bytes: Buffer, quote: number) {
    this.#bytes = bytes;
    this.#quote = quote;
  }

  /** Returns the buffer's length if there is none. */
  nextEnd(from: number): number {
    if (this.#nextLf < from) this.#nextLf = this.#indexOf(LF, from);
    if (this.#nextCr < from) this.#nextCr = this.#indexOf(CR, from);
    return Math.min(this.#nextLf, this.#nextCr);
  }

  nextQuote(from: number): number {
    if (this.#nextQuote < from) this.#nextQuote = this.#indexOf(this.#quote, from);
    return this.#nextQuote;
  }

  #indexOf(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? this.#bytes.length : found;
  }
}
