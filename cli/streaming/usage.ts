/** The usage texts of `mapred streaming`. */
import { GENERIC_USAGE } from '../options/generic-options.ts';

const OPTIONS: readonly (readonly [option: string, text: string])[] = [
  ['-input <path>', 'Input of the maps: files, directories, patterns. May be given several times'],
  ['-output <path>', 'Output directory; it must not exist'],
  ['-mapper <cmd>', 'Command of the maps, or org.apache.hadoop.mapred.lib.IdentityMapper'],
  ['-combiner <cmd>', 'Command that combines the pairs of a map'],
  ['-reducer <cmd>', 'Command of the reduces; aggregate, or NONE for a job without reduces'],
  ['-file <file>', 'File for the tasks. Deprecated: use the generic option -files'],
  [
    '-inputformat <class>',
    'TextInputFormat (default), KeyValueTextInputFormat, NLineInputFormat, SequenceFile[AsText|AsBinary]InputFormat',
  ],
  ['-outputformat <class>', 'TextOutputFormat (default), SequenceFileOutputFormat'],
  ['-partitioner <class>', 'HashPartitioner (default), KeyFieldBasedPartitioner'],
  ['-numReduceTasks <num>', 'Number of reduces'],
  ['-inputreader <spec>', 'StreamXmlRecordReader,begin=MARK,end=MARK: records between marks'],
  ['-cmdenv <n>=<v>', 'Environment variable of the commands. May be given several times'],
  ['-mapdebug <cmd>', 'Taken and not run, as on YARN'],
  ['-reducedebug <cmd>', 'Taken and not run, as on YARN'],
  ['-io <identifier>', 'Form of the pairs: text (default), rawbytes, typedbytes, keyonlytext'],
  ['-lazyOutput', 'A task without pairs makes no output file'],
  ['-background', 'Ends when the job is submitted'],
  ['-verbose', 'Prints the commands and all properties of the job'],
  ['-info', 'Prints this text and examples'],
  ['-help', 'Prints this text'],
];

const DETAILS: readonly string[] = [
  '',
  'Files for the tasks stand before all other options, and lie in the directory where the commands run:',
  '  mapred streaming -files map.py,reduce.py -input /in -output /out -mapper map.py -reducer reduce.py',
  'Number of reduces; without reduces, the output of the maps is that of the job:',
  '  -numReduceTasks 10, -numReduceTasks 0',
  'Separators, and the number of fields of the key:',
  '  -D stream.map.output.field.separator=. -D stream.num.map.output.key.fields=2',
  'A command may fail without a failure of its task:',
  '  -D stream.non.zero.exit.is.failure=false',
  'Lines of standard error count and tell of progress:',
  '  reporter:counter:<group>,<counter>,<amount>   reporter:status:<text>',
  'Each property of the job is an environment variable: mapreduce_task_attempt_id, mapreduce_map_input_file',
];

/** Returns the lines of -help, or with `detailed` those of -info. */
export function streamingUsage(detailed: boolean): string[] {
  return [
    'Usage: $HADOOP_HOME/bin/hadoop jar hadoop-streaming.jar [options]',
    'Options:',
    ...OPTIONS.map(([option, text]) => `  ${option.padEnd(22)} ${text}.`),
    '',
    ...GENERIC_USAGE,
    ...(detailed
      ? DETAILS
      : ['For more details about these options:', 'Use $HADOOP_HOME/bin/hadoop jar hadoop-streaming.jar -info']),
  ];
}
