/** Formats by the names of Hadoop's classes, for the examples that take such names as options. */
import {
  type InputFormat,
  keyValueTextInput,
  type OutputFormat,
  sequenceFileInput,
  sequenceFileOutput,
  textInput,
  textOutput,
} from '../api/api.ts';

// biome-ignore lint/suspicious/noExplicitAny: any format will do
type AnyInput = InputFormat<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: any format will do
type AnyOutput = OutputFormat<any, any>;

const LIB = 'org.apache.hadoop.mapreduce.lib';

export const SEQUENCE_FILE_INPUT = `${LIB}.input.SequenceFileInputFormat`;
export const TEXT_OUTPUT = `${LIB}.output.TextOutputFormat`;
export const SEQUENCE_FILE_OUTPUT = `${LIB}.output.SequenceFileOutputFormat`;

const INPUTS: Readonly<Record<string, AnyInput>> = {
  [`${LIB}.input.KeyValueTextInputFormat`]: keyValueTextInput(),
  [`${LIB}.input.TextInputFormat`]: textInput(),
  [SEQUENCE_FILE_INPUT]: sequenceFileInput(),
};

const OUTPUTS: Readonly<Record<string, AnyOutput>> = {
  [TEXT_OUTPUT]: textOutput(),
  [SEQUENCE_FILE_OUTPUT]: sequenceFileOutput(),
};

/** @throws Error for the name of a class that the examples have no format for */
export const inputByClass = (name: string): AnyInput => find(INPUTS, name, 'input');

/** @throws Error for the name of a class that the examples have no format for */
export const outputByClass = (name: string): AnyOutput => find(OUTPUTS, name, 'output');

function find<T>(formats: Readonly<Record<string, T>>, name: string, kind: string): T {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format) return format;
  throw new Error(`This example has no ${kind} format ${name}: expected one of ${Object.keys(formats).join(', ')}`);
}
