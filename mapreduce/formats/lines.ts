/** Makes the reader of a split's lines that the job's properties ask for. */
import type { FileSplit, RangeSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { DelimiterRecordReader } from './delimiter-record-reader.ts';
import type { LineOptions, LineReader } from './line.ts';
import { LineRecordReader } from './line-record-reader.ts';

export const DELIMITER = 'textinputformat.record.delimiter';

/** Hadoop's default of line.maxlength, beyond which Hadoop reads no line. */
const NO_LIMIT = 2 ** 31 - 1;

/** Returns a reader of lines, or of records with the delimiter of textinputformat.record.delimiter. */
export function lineReader(
  split: FileSplit | RangeSplit,
  conf: JobConfiguration,
  options: Pick<LineOptions, 'decodes'> = {},
): LineReader {
  const all = { ...lineOptions(split, conf), ...options };
  const delimiter = conf.get(DELIMITER, '');
  if (delimiter === '') return new LineRecordReader(split.start, split.length, all);
  return new DelimiterRecordReader(delimiter, split.start, split.length, all);
}

/** Returns the limits and the file's name for the reader of a split's lines. */
export function lineOptions(split: FileSplit | RangeSplit, conf: JobConfiguration): LineOptions {
  const file = { file: fileOf(split) };
  const maxLength = conf.getNumber('mapreduce.input.linerecordreader.line.maxlength', NO_LIMIT);
  return maxLength < NO_LIMIT ? { ...file, maxLength } : file;
}

/** Returns the URI of a split's file. */
export function fileOf(split: FileSplit | RangeSplit): string {
  return split.kind === 'file' ? `${split.fsUri}${split.path}` : 'The input';
}

/** A reader whose records are made of lines: it takes its bytes and ends as the reader of those lines does. */
export abstract class OverLines {
  protected readonly lines: LineReader;

  constructor(lines: LineReader) {
    this.lines = lines;
  }

  get offset(): number {
    return this.lines.offset;
  }

  get done(): boolean {
    return this.lines.done;
  }

  feed(chunk: Uint8Array): void {
    this.lines.feed(chunk);
  }

  endAt(offset: number): void {
    this.lines.endAt(offset);
  }

  end(): void {
    this.lines.end();
  }
}
