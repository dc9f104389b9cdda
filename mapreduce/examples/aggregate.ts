/** Arguments of the aggregate examples, which are those of Hadoop's ValueAggregatorJob. */
import { type JobArguments, UsageError } from '../api/api.ts';

export const AGGREGATE_USAGE = 'inputDirs outDir [numOfReducer [textinputformat|seq [specfile [jobName]]]]';

/** Reads the arguments. @throws UsageError; Error for an input format or a file of properties that Calf does not take */
export function aggregateArguments(args: readonly string[]): JobArguments {
  const [inputs, output, reducers = '1', format, specFile, jobName = ''] = args;
  if (!inputs || !output || !/^\d+$/.test(reducers)) throw new UsageError();
  // Hadoop reads SequenceFiles when the format is left out, and fails on texts.
  if (format !== undefined && format.toLowerCase() !== 'textinputformat') {
    throw new Error(`The input format is ${format}: this example reads texts, so write textinputformat`);
  }
  if (specFile !== undefined) {
    throw new Error(`Calf reads no file of properties here: give those of ${specFile} with -conf`);
  }
  return {
    inputs: inputs.split(','),
    output,
    conf: { 'mapreduce.job.reduces': Number(reducers), 'mapreduce.job.name': `ValueAggregatorJob: ${jobName}` },
  };
}
