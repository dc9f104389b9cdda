/** Default input format: lines of text. */
import type { InputFormat } from './format.ts';
import { LineRecordReader } from './line-record-reader.ts';

/** Gives each line, as Hadoop's TextInputFormat: the key is its byte offset in the file, the value its text. */
export function textInput(): InputFormat<number, string> {
  return { createReader: (split) => new LineRecordReader(split.start, split.length) };
}
