/**
 * The job API. MapReduce programs import everything from this module, as `calf`.
 *
 *     import { job, sum } from 'calf';
 *
 *     export default job<string, number>({
 *       name: 'word count',
 *       map(line, { emit }) {
 *         for (const word of line.split(/\s+/)) if (word) emit(word, 1);
 *       },
 *       combine: sum,
 *       reduce: sum,
 *       reducers: 2,
 *     });
 */
export { avroInput } from '../data-files/avro-input.ts';
export { type AvroOutputOptions, avroOutput } from '../data-files/avro-output.ts';
export { parquetInput } from '../data-files/parquet-input.ts';
export { type ParquetColumn, type ParquetOutputOptions, parquetOutput } from '../data-files/parquet-output.ts';
export { binaryOutput } from '../formats/binary-output.ts';
export { combineInput } from '../formats/combine-input.ts';
export { type CsvInputOptions, csvInput } from '../formats/csv-input.ts';
export { csvOutput } from '../formats/csv-output.ts';
export { fixedLengthInput } from '../formats/fixed-length-input.ts';
export type {
  AsyncInputFormat,
  AsyncOutputFormat,
  AsyncRecordReader,
  AsyncRecordWriter,
  BytesOutputFormat,
  FedInputFormat,
  FormatContext,
  InputFile,
  InputFormat,
  OutputFormat,
  ReadContext,
  RecordReader,
  RecordWriter,
  SplitContext,
  WriteContext,
} from '../formats/format.ts';
export { jsonLinesInput, jsonLinesOutput } from '../formats/json-lines.ts';
export { keyValueTextInput } from '../formats/key-value-text-input.ts';
export { nLineInput } from '../formats/n-line-input.ts';
export { rangeInput } from '../formats/range-input.ts';
export { lazyOutput, nullOutput } from '../formats/special-outputs.ts';
export { bytesInput, textInput } from '../formats/text-input.ts';
export { textOutput } from '../formats/text-output.ts';
export { wholeFileInput } from '../formats/whole-file-input.ts';
export type { Counter } from '../job/counters.ts';
export type { FileRange, InputSplit, Json } from '../job/input-split.ts';
export type { JobConfiguration } from '../job/job-configuration.ts';
export { sequenceFileInput } from '../sequence-file/sequence-file-input.ts';
export { type SequenceFileOptions, sequenceFileOutput } from '../sequence-file/sequence-file-output.ts';
export type { Emitted } from './emitted.ts';
export * from './job.ts';
export { type RangesOptions, sampleOf, sampleRanges } from './key-sample.ts';
export type { RangeKey } from './order-of-keys.ts';
export { type RangePartitioner, rangePartitioner } from './range-partitioner.ts';
export { type Salted, type Salting, salting } from './salting.ts';
export { sum } from './sum.ts';
