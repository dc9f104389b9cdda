/** The properties by which the client tells the tasks of a streaming job what to run: those of Hadoop's StreamJob. Pure. */
import type { JobConfiguration } from '../job/job-configuration.ts';

export const MAP_COMMAND = 'stream.map.streamprocessor';
export const COMBINE_COMMAND = 'stream.combine.streamprocessor';
export const REDUCE_COMMAND = 'stream.reduce.streamprocessor';
export const INPUT_FORMAT = 'mapred.input.format.class';
export const OUTPUT_FORMAT = 'mapred.output.format.class';
export const PARTITIONER = 'mapred.partitioner.class';
export const REDUCER = 'mapred.reducer.class';
export const COMBINER = 'mapred.combiner.class';
export const COMPARATOR = 'mapreduce.job.output.key.comparator.class';
export const GROUP_COMPARATOR = 'mapreduce.job.output.group.comparator.class';
export const LAZY_OUTPUT = 'mapreduce.output.lazyoutputformat.outputformat';
export const RECORD_READER = 'stream.recordreader.class';
export const ADDED_ENVIRONMENT = 'stream.addenvironment';

/** Returns a command as Java's URLEncoder writes it: properties keep every character so. */
export function encodeCommand(command: string): string {
  return encodeURIComponent(command)
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Returns the command of a property; undefined if there is none. */
export function commandIn(conf: JobConfiguration, property: string): string | undefined {
  const text = conf.get(property);
  return text === undefined ? undefined : decodeURIComponent(text.replaceAll('+', '%20'));
}

/** The part of the properties that maps and reduces have each for themselves. */
export interface StageProperties {
  /** Forms of `-io`. */
  readonly input: string;
  readonly output: string;
  readonly inputSeparator: Buffer;
  readonly outputSeparator: Buffer;
  readonly outputKeyFields: number;
}

export function stageProperties(conf: JobConfiguration, stage: 'map' | 'reduce'): StageProperties {
  return {
    input: conf.get(`stream.${stage}.input`, 'text'),
    output: conf.get(`stream.${stage}.output`, 'text'),
    inputSeparator: Buffer.from(conf.get(`stream.${stage}.input.field.separator`, '\t')),
    outputSeparator: Buffer.from(conf.get(`stream.${stage}.output.field.separator`, '\t')),
    outputKeyFields: conf.getNumber(`stream.num.${stage}.output.key.fields`, 1),
  };
}
