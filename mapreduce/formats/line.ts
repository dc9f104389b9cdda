/** The current record of the readers of text: its bytes, its text, and the errors of one that is too long. */
import { constants } from 'node:buffer';
import { hadoopError } from '../../runtime/errors.ts';
import type { RecordReader } from './format.ts';
import { decodeExactly, decodeText, Text } from './text.ts';

const MAX_LENGTH = 'mapreduce.input.linerecordreader.line.maxlength';
/** UTF-8 has up to three bytes for each unit of a string. */
const BYTES_PER_UNIT_MAX = 3;
const BYTES_MAX = Math.min(constants.MAX_LENGTH, BYTES_PER_UNIT_MAX * constants.MAX_STRING_LENGTH);

export interface LineOptions {
  /** The file in messages. */
  readonly file?: string;
  /** False leaves `value` empty, for readers that take lineBytes(). Default true. */
  readonly decodes?: boolean;
  /** Records of this many bytes or more, with their ends, are left out (Hadoop: line.maxlength). Default: none. */
  readonly maxLength?: number;
  /** The split begins with a line's first byte and ends with a line's last byte: none is skipped, none read past the end. */
  readonly whole?: boolean;
}

/** A reader of records of text; the key is the record's byte offset in its file. */
export interface LineReader extends RecordReader<number, string> {
  /** Returns the bytes of the current record. They belong to the caller and are not changed later. */
  lineBytes(): Buffer;
  /** The value as an identity map passes it on. */
  readonly exactValue: string | Text;
  endAt(offset: number): void;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Returns the length of the byte order mark that Hadoop drops at the start of a file. */
export function bomLength(bytes: Buffer, offset: number): number {
  return offset === 0 && bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
}

/** The text of one record. */
export class Line {
  value = '';
  exact: string | Text = '';
  readonly #options: LineOptions;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** @throws IOException for a record that is longer than a string may be */
  decode(bytes: Buffer, start: number, end: number, offset: number): void {
    try {
      this.exact = decodeExactly(bytes, start, end);
      this.value = this.exact instanceof Text ? decodeText(bytes, start, end) : this.exact;
    } catch (e) {
      if (e instanceof Error && 'code' in e && e.code === 'ERR_STRING_TOO_LONG')
        throw this.tooLong(offset, end - start);
      throw e;
    }
  }

  /** Throws for a record of which this many bytes are gathered, if its end can't bring it into a string. */
  checkGathered(offset: number, bytes: number): void {
    const max = this.#options.decodes === false ? constants.MAX_LENGTH : BYTES_MAX;
    if (bytes > max) throw this.tooLong(offset, bytes);
  }

  tooLong(offset: number, bytes: number): Error {
    const { file = 'The input' } = this.#options;
    return hadoopError(
      'IOException',
      `${file}: the line at offset ${offset} is too long: ${bytes} bytes, and a string has at most ` +
        `${constants.MAX_STRING_LENGTH} characters. Set ${MAX_LENGTH} to skip lines of that length and more, ` +
        'set textinputformat.record.delimiter if lines end otherwise, or read lines as bytes with bytesInput()',
    );
  }
}
