import type { InputFormat } from './format.ts';
import { LineRecordReader } from './line-record-reader.ts';

/** Hadoop's TextInputFormat: the key is the line's byte offset in its file, the value the line without its end. */
export function textInput(): InputFormat<number, string> {
  return { createReader: (split) => new LineRecordReader(split.start, split.length) };
}
