/** The example sort: sorts lines by their keys. */
import { job, keyValueTextInput, textOutput, UsageError } from '../api/api.ts';

/** Sorts lines by the text before the first TAB. Each part file is sorted in itself, and has the bytes of the input. */
export default job<string, string, string, string, string, string>({
  name: 'sorter',
  usage: 'sort [-r <reduces>] <input> <output>',
  input: keyValueTextInput(),
  // A line without TAB has an empty value.
  output: textOutput({ omitsEmptyValue: true }),
  configure(args) {
    const withReduces = args[0] === '-r';
    const [input, output, ...more] = withReduces ? args.slice(2) : args;
    if (!input || !output || more.length > 0 || (withReduces && !/^\d+$/.test(args[1] ?? ''))) throw new UsageError();
    return { inputs: [input], output, ...(withReduces ? { conf: { 'mapreduce.job.reduces': args[1] ?? '1' } } : {}) };
  },
});
