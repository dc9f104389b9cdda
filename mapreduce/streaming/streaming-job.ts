/** The job that runs executables: made of the properties that `mapred streaming` has set, anew for each attempt. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { nothing } from '../../runtime/promises.ts';
import { type AnyJob, job, type MapContext, type ReduceContext } from '../api/api.ts';
import { type JobConfiguration, jobConfiguration } from '../job/job-configuration.ts';
import { aggregateKey } from './aggregators.ts';
import { type Groups, runCombiner } from './combiner.ts';
import { commandWords, findProgram } from './command-words.ts';
import { type StreamInput, streamInput } from './input-formats.ts';
import { pairWriter } from './input-writers.ts';
import { compareOf, groupOf, partitionOf } from './key-choices.ts';
import { type Datum, type Emit, JAVA_CLASS, type Kinds, textOf } from './kinds.ts';
import { streamOutput } from './output-format.ts';
import { kindsOf, pairReader } from './output-readers.ts';
import { errorTarget, PipeStage } from './pipe-stage.ts';
import type { RunCombiner } from './run-combiner.ts';
import {
  ADDED_ENVIRONMENT,
  COMBINE_COMMAND,
  COMBINER,
  commandIn,
  MAP_COMMAND,
  REDUCE_COMMAND,
  REDUCER,
  type StageProperties,
  stageProperties,
} from './stream-properties.ts';
import { jobProperties, taskEnvironment, taskProperties } from './task-environment.ts';

type Context = MapContext<Datum, Datum, Datum> | ReduceContext<Datum, Datum>;

/** Returns the job of one attempt, or of the submission. @throws Error for a class that Calf does not have */
export function streamingJob(conf: Configuration): AnyJob & Partial<RunCombiner> {
  const parts = new StreamingParts(conf);
  const spec = job<Datum, Datum, Datum, Datum, Datum, Datum>({
    name: 'streamjob.jar',
    input: parts.input.format,
    output: streamOutput(parts.conf, parts.outputKinds),
    setup: (context) => parts.setup(context),
    map: (value, context) => parts.map(value, context),
    reduce: (key, values, context) => parts.reduce(key, values, context),
    cleanup: (context) => parts.cleanup(context),
    partition: (key, _value, reducers) => parts.partition(key, reducers),
    ...(parts.compare ? { compare: parts.compare } : {}),
    ...(parts.group ? { group: parts.group } : {}),
    ...(parts.combines === 'aggregate' ? { combine: combineAggregates(parts.conf) } : {}),
  });
  if (parts.combines !== 'command') return spec;
  return { ...spec, combineRun: (groups, emit) => parts.combineRun(groups, emit) };
}

/** The parts of a streaming job, and the executable of the attempt that runs. */
class StreamingParts {
  readonly conf: JobConfiguration;
  readonly input: StreamInput;
  readonly outputKinds: Kinds;
  readonly combines: 'command' | 'aggregate' | 'none';
  readonly partition: (key: Datum, reducers: number) => number;
  readonly compare: ((a: Datum, b: Datum) => number) | undefined;
  readonly group: ((key: Datum) => number) | undefined;
  readonly #properties: Configuration;
  readonly #mapOutput: Kinds;
  readonly #reducesByClass: boolean;
  #stage: PipeStage | undefined;
  #context: Context | undefined;
  #directory = '';
  #environment: Record<string, string> = {};
  #hasReduced = false;
  #typesAreChecked = false;

  constructor(properties: Configuration) {
    this.#properties = properties;
    this.conf = jobConfiguration(properties);
    const { conf } = this;
    this.input = streamInput(conf);
    const mapCommand = commandIn(conf, MAP_COMMAND);
    this.#mapOutput = mapCommand === undefined ? this.input.kinds : kindsOf(stageProperties(conf, 'map').output);
    const reduces = properties.get('mapreduce.job.reduces');
    const hasReduceCommand = commandIn(conf, REDUCE_COMMAND) !== undefined;
    this.#reducesByClass = conf.get(REDUCER) === 'aggregate';
    const reduceKinds: Kinds = this.#reducesByClass ? { key: 'text', value: 'text' } : this.#mapOutput;
    this.outputKinds =
      reduces === 0
        ? this.#mapOutput
        : hasReduceCommand
          ? kindsOf(stageProperties(conf, 'reduce').output)
          : reduceKinds;
    this.combines =
      commandIn(conf, COMBINE_COMMAND) !== undefined
        ? 'command'
        : conf.get(COMBINER) === 'aggregate'
          ? 'aggregate'
          : 'none';
    this.partition = partitionOf(conf, this.#mapOutput.key);
    this.compare = compareOf(conf);
    this.group = groupOf(conf);
  }

  async setup(context: Context): Promise<void> {
    this.#context = context;
    // The task runs in the attempt's own working directory, where the files of -files lie.
    this.#directory = process.cwd();
    this.#environment = this.#environmentOf(context);
    const isMap = context.phase === 'map';
    const command = commandIn(this.conf, isMap ? MAP_COMMAND : REDUCE_COMMAND);
    if (command === undefined) return;
    const stage = stageProperties(this.conf, context.phase);
    this.#stage = await PipeStage.start({
      ...this.#processOf(command, context),
      reader: pairReader(stage.output, readerOptions(stage)),
      writer: (process) =>
        pairWriter(stage.input, process, {
          kinds: isMap ? this.input.kinds : this.#mapOutput,
          separator: stage.inputSeparator,
          ignoresKey: isMap && this.conf.getBoolean('stream.map.input.ignoreKey', this.input.ignoresKey),
        }),
    });
  }

  map(value: Datum, context: MapContext<Datum, Datum, Datum>): Promise<void> | undefined {
    if (this.#stage) return this.#stage.write(context.key, value, context.emit);
    this.#checkTypes();
    context.emit(context.key, value);
    return undefined;
  }

  reduce(key: Datum, values: Iterable<Datum>, context: ReduceContext<Datum, Datum, Datum>): Promise<void> | undefined {
    this.#hasReduced = true;
    // Keys that a comparator finds equal may differ: each value comes with its own one.
    const keyOf = this.compare || this.group ? () => context.key : () => key;
    if (this.#stage) return this.#stage.writeAll(keyOf, values, context.emit);
    if (this.#reducesByClass) reduceAggregates(this.conf, key, values, context.emit);
    else for (const value of values) context.emit(keyOf(), value);
    return undefined;
  }

  async cleanup(context: Context): Promise<void> {
    // As in Hadoop, the output of a reducer that has got no record is dropped.
    const isDropped = context.phase === 'reduce' && !this.#hasReduced;
    await this.#stage?.finish(isDropped ? nothing : context.emit);
  }

  combineRun(groups: Groups, emit: Emit): void {
    const command = commandIn(this.conf, COMBINE_COMMAND);
    if (command === undefined || !this.#context) throw new Error('The combiner runs within an attempt');
    // A combiner is a reducer that gives the maps' pairs: its separators are those of reduces.
    const stage = stageProperties(this.conf, 'reduce');
    const options = {
      ...this.#processOf(command, this.#context),
      writer: (target: { write(bytes: Uint8Array): void }) =>
        pairWriter(stage.input, target, {
          kinds: this.#mapOutput,
          separator: stage.inputSeparator,
          ignoresKey: false,
        }),
      reader: () => pairReader(stage.output, readerOptions(stage)),
    };
    runCombiner(options, groups, emit);
  }

  #processOf(command: string, context: Context) {
    const [name = '', ...args] = commandWords(command);
    return {
      words: [findProgram(name, this.#directory, this.#environment.PATH), ...args],
      directory: this.#directory,
      environment: this.#environment,
      reporterPrefix: this.conf.get('stream.stderr.reporter.prefix', 'reporter:'),
      errors: errorTarget(context),
      statusCounts: this.conf.getBoolean('stream.non.zero.exit.is.failure', true),
    };
  }

  #environmentOf(context: Context): Record<string, string> {
    const { attemptId, phase, taskIndex } = context;
    const properties = jobProperties(this.#properties);
    const output = this.conf.get('mapreduce.output.fileoutputformat.outputdir', '');
    const split = context.phase === 'map' && context.split.kind === 'file' ? context.split : undefined;
    const own = taskProperties({
      attemptId,
      phase,
      taskIndex,
      directory: this.#directory,
      outputDirectory: `${output}/_temporary/0/_temporary/${attemptId}`,
      user: this.conf.get('mapreduce.job.user.name', currentUser()),
      ...(split && { split: { ...split, path: uriOf(split.fsUri, split.path) } }),
    });
    return taskEnvironment(
      process.env,
      { ...properties, ...own },
      this.conf.get(ADDED_ENVIRONMENT, ''),
      this.conf.getNumber('stream.jobconf.truncate.limit', -1),
    );
  }

  /** Without a mapper, the pairs are those of the input format: the job must expect their classes (MapTask.collect). */
  #checkTypes(): void {
    if (this.#typesAreChecked || this.#properties.get('mapreduce.job.reduces') === 0) return;
    this.#typesAreChecked = true;
    const { key, value } = this.#mapOutput;
    checkClass('key', this.#expectedClass('key', 'org.apache.hadoop.io.LongWritable'), JAVA_CLASS[key]);
    checkClass('value', this.#expectedClass('value', 'org.apache.hadoop.io.Text'), JAVA_CLASS[value]);
  }

  #expectedClass(part: 'key' | 'value', byDefault: string): string {
    const { conf } = this;
    const mapForm = conf.get('stream.map.output');
    if (mapForm !== undefined) return JAVA_CLASS[kindsOf(mapForm)[part]];
    const mapClass = conf.get(`mapreduce.map.output.${part}.class`);
    if (mapClass !== undefined) return mapClass;
    const reduceForm = conf.get('stream.reduce.output');
    if (reduceForm !== undefined || commandIn(conf, REDUCE_COMMAND) !== undefined) {
      return JAVA_CLASS[kindsOf(reduceForm ?? 'text')[part]];
    }
    return conf.get(`mapreduce.job.output.${part}.class`, byDefault);
  }
}

function checkClass(part: string, expected: string, received: string): void {
  if (expected === received) return;
  throw new Error(`Type mismatch in ${part} from map: expected ${expected}, received ${received}`);
}

const readerOptions = ({ outputSeparator, outputKeyFields }: StageProperties) => ({
  separator: outputSeparator,
  keyFields: outputKeyFields,
});

/** As Hadoop's Path prints it: a local file has one slash. */
const uriOf = (fsUri: string, file: string): string => (fsUri.startsWith('file:') ? `file:${file}` : `${fsUri}${file}`);

const uniqueMaxOf = (conf: JobConfiguration): number =>
  conf.getNumber('aggregate.max.num.unique.values', Number.MAX_SAFE_INTEGER);

function reduceAggregates(conf: JobConfiguration, key: Datum, values: Iterable<Datum>, emit: Emit): void {
  const { aggregator, id } = aggregateKey(textOf('text', key), uniqueMaxOf(conf));
  for (const value of values) aggregator.add(textOf('text', value));
  emit(Buffer.from(id), Buffer.from(aggregator.report()));
}

function combineAggregates(conf: JobConfiguration) {
  return (key: Datum, values: Iterable<Datum>, { emit }: { readonly emit: Emit }): void => {
    const { aggregator } = aggregateKey(textOf('text', key), uniqueMaxOf(conf));
    for (const value of values) aggregator.add(textOf('text', value));
    for (const value of aggregator.combined()) emit(key, Buffer.from(value));
  };
}
