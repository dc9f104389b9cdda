/** The example sort: sorts records by their keys. */
import {
  job,
  keyValueTextInput,
  program,
  sequenceFileInput,
  sequenceFileOutput,
  textOutput,
  UsageError,
} from '../api/api.ts';
import { inputByClass, outputByClass, SEQUENCE_FILE_INPUT, SEQUENCE_FILE_OUTPUT } from './formats-by-class.ts';

/** Sorts lines by the text before the first TAB. Each part file is sorted in itself, and has the bytes of the input. */
export const sortText = job<string, string, string, string, string, string>({
  name: 'sorter',
  input: keyValueTextInput(),
  // A line without TAB has an empty value.
  output: textOutput({ omitsEmptyValue: true }),
});

/** Sorts SequenceFiles, such as those of randomwriter. */
export const sortSequenceFile = job<unknown, unknown, unknown, unknown, unknown, unknown>({
  name: 'sorter',
  input: sequenceFileInput(),
  output: sequenceFileOutput(),
});

/** Options with a value. The classes of keys and values are those of the input. */
const OPTIONS = ['-r', '-inFormat', '-outFormat', '-outKey', '-outValue'];

export default program({
  name: 'sort',
  usage:
    'sort [-r <reduces>] [-inFormat <input format class>] [-outFormat <output format class>] [-outKey <output key class>] ' +
    '[-outValue <output value class>] <input> <output>',
  async main({ args, run, list, readBytes }) {
    const named = new Map<string, string>();
    const paths: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] ?? '';
      if (arg === '-totalOrder')
        throw new Error('sort does not support -totalOrder: terasort sorts over all part files');
      if (OPTIONS.includes(arg)) named.set(arg, args[++i] ?? '');
      else paths.push(arg);
    }
    const [input, output, ...more] = paths;
    const reduces = named.get('-r');
    if (!input || !output || more.length > 0 || (reduces !== undefined && !/^\d+$/.test(reduces)))
      throw new UsageError();
    const [inFormat, outFormat] = [named.get('-inFormat'), named.get('-outFormat')];
    if (inFormat !== undefined) inputByClass(inFormat);
    if (outFormat !== undefined) outputByClass(outFormat);
    // Hadoop's example takes SequenceFiles if no format is named. Calf's takes texts too, and looks into the first file.
    let isSequenceFile = inFormat === SEQUENCE_FILE_INPUT;
    if (inFormat === undefined) {
      const [first] = (await list(input)).filter(({ length }) => length > 0);
      const start = first ? Buffer.from(await readBytes(first.path, 0, 3)).toString('latin1') : '';
      isSequenceFile = start === 'SEQ';
    }
    if (outFormat !== undefined && (outFormat === SEQUENCE_FILE_OUTPUT) !== isSequenceFile) {
      throw new Error(`sort writes the format that it reads, and -outFormat is ${outFormat}`);
    }
    await run(isSequenceFile ? sortSequenceFile : sortText, {
      inputs: [input],
      output,
      conf: reduces === undefined ? {} : { 'mapreduce.job.reduces': reduces },
    });
  },
});
