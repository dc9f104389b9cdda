/** Makes the properties of a streaming job of its command line, as StreamJob.setJobConf of Hadoop. */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import {
  COMPARATORS,
  INPUT_FORMATS,
  isClassName,
  MAPPERS,
  namesOf,
  OUTPUT_FORMATS,
  PARTITIONERS,
  RECORD_READERS,
  REDUCERS,
  wordFor,
} from '../../mapreduce/streaming/class-names.ts';
import {
  ADDED_ENVIRONMENT,
  COMBINE_COMMAND,
  COMBINER,
  COMPARATOR,
  encodeCommand,
  GROUP_COMPARATOR,
  INPUT_FORMAT,
  LAZY_OUTPUT,
  MAP_COMMAND,
  OUTPUT_FORMAT,
  PARTITIONER,
  RECORD_READER,
  REDUCE_COMMAND,
  REDUCER,
} from '../../mapreduce/streaming/stream-properties.ts';
import { parseJavaInt } from '../options/numbers.ts';
import type { StreamingArguments } from './arguments.ts';

const REDUCES = 'mapreduce.job.reduces';
const MAPRED = 'org.apache.hadoop.mapred';

/** Thrown for a command line that names something that is not there. Its message is printed as it is. */
export class StreamingRefusal extends Error {
  override readonly name = 'StreamingRefusal';
}

/** Prints warnings of old options, and with -verbose what is done. */
export interface StreamingConsole {
  warn(message: string): void;
  tell(message: string): void;
}

/** Adds the options to the configuration. @throws StreamingRefusal */
export function setJobProperties(conf: Configuration, args: StreamingArguments, console: StreamingConsole): void {
  const shipped = shipFiles(conf, args, console);
  setOldOptions(conf, args, console);
  if (args.all('input').length === 0) throw new StreamingRefusal('Required argument: -input <name>');
  if (args.first('output') === undefined) throw new StreamingRefusal('Required argument: -output ');
  const environment = ['HADOOP_ROOT_LOGGER=', ...args.all('cmdenv')].join(' ');
  console.tell(`addTaskEnvironment=${environment}`);
  console.tell(`shippedCanonFiles_=[${shipped.join(', ')}]`);
  conf.set(ADDED_ENVIRONMENT, environment);
  const command = (option: string): string | undefined => {
    const text = withoutShippedPath(args.first(option), shipped);
    console.tell(`cmd=${text ?? null}`);
    return text;
  };
  const [mapper, combiner, reducer] = [command('mapper'), command('combiner'), command('reducer')];
  setInput(conf, args);
  setForms(conf, args);
  setCommands(conf, mapper, combiner);
  setReduces(conf, args, reducer);
  setOutput(conf, args);
  checkComparators(conf);
}

/** `-file`: the files join those of the generic option -files. Returns their real paths. */
function shipFiles(conf: Configuration, args: StreamingArguments, console: StreamingConsole): string[] {
  const files = args.all('file');
  if (files.length === 0) return [];
  console.warn('-file option is deprecated, please use generic option -files instead.');
  const absolute = files.map((file) => path.resolve(file));
  for (const file of absolute) {
    if (!fs.existsSync(file)) throw new StreamingRefusal(`File: file:${file} does not exist.`);
    if (!isReadable(file)) throw new StreamingRefusal(`File: file:${file} is not readable.`);
  }
  addTo(
    conf,
    'tmpfiles',
    absolute.map((file) => `file:${file}`),
  );
  return absolute.filter((file) => fs.statSync(file).isFile()).map((file) => fs.realpathSync(file));
}

function isReadable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function addTo(conf: Configuration, list: string, items: readonly string[]): void {
  const before = conf.getRaw(list);
  conf.set(list, [...(before ? [before] : []), ...items].join(','));
}

/** A command that is the path of a shipped file becomes its name: the file lies where the command runs. */
function withoutShippedPath(command: string | undefined, shipped: readonly string[]): string | undefined {
  if (command === undefined) return undefined;
  const [program = '', ...rest] = command.split(' ');
  const file = path.resolve(program);
  const real = fs.existsSync(file) ? fs.realpathSync(file) : file;
  return shipped.includes(real) ? [path.basename(program), ...rest].join(' ') : command;
}

/** Options of long ago, each with the option that has taken its place. */
function setOldOptions(conf: Configuration, args: StreamingArguments, console: StreamingConsole): void {
  const dfs = args.first('dfs');
  if (dfs !== undefined) {
    console.warn('-dfs option is deprecated, please use -fs instead.');
    conf.set('fs.defaultFS', dfs === 'local' ? 'file:///' : dfs.includes('/') ? dfs : `hdfs://${dfs}`);
  }
  if (args.has('additionalconfspec')) {
    throw new StreamingRefusal('-additionalconfspec option is not supported, please use -conf instead.');
  }
  for (const [option, list, instead] of [
    ['cacheArchive', 'tmparchives', '-archives'],
    ['cacheFile', 'tmpfiles', '-files'],
  ] as const) {
    if (!args.has(option)) continue;
    console.warn(`-${option} option is deprecated, please use ${instead} instead.`);
    addTo(conf, list, args.all(option));
  }
  if (args.has('jobconf')) console.warn('-jobconf option is deprecated, please use -D instead.');
  for (const pair of args.all('jobconf')) {
    const equals = pair.indexOf('=');
    if (equals < 0) throw new StreamingRefusal(`-jobconf: expected name=value, not ${pair}`);
    conf.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
}

function setInput(conf: Configuration, args: StreamingArguments): void {
  const reader = args.first('inputreader');
  const format = args.first('inputformat');
  if (format !== undefined) requireClass('-inputformat ', INPUT_FORMATS, format);
  const word = format === undefined ? undefined : wordFor(INPUT_FORMATS, format);
  // With a reader, only the format of plain lines stays, and takes no reader.
  const isStream = reader !== undefined && word !== 'text';
  conf.set(
    INPUT_FORMAT,
    isStream ? 'org.apache.hadoop.streaming.StreamInputFormat' : qualified(format, 'TextInputFormat'),
  );
  if (reader === undefined) return;
  const [className = '', ...settings] = reader.split(',');
  requireClass('-inputreader', RECORD_READERS, className);
  conf.set(RECORD_READER, className.includes('.') ? className : `org.apache.hadoop.streaming.${className}`);
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    const name = equals < 0 ? setting : setting.slice(0, equals);
    conf.set(`stream.recordreader.${name}`, equals < 0 ? '' : setting.slice(equals + 1));
  }
}

/** Returns the full name of a class of Hadoop that was given by its simple name. */
function qualified(className: string | undefined, byDefault: string): string {
  const name = className ?? byDefault;
  if (name.includes('.')) return name;
  return /^(NLineInputFormat|.*Partitioner)$/.test(name) ? `${MAPRED}.lib.${name}` : `${MAPRED}.${name}`;
}

function setForms(conf: Configuration, args: StreamingArguments): void {
  const form = args.first('io');
  if (form === undefined) return;
  for (const end of ['map.input', 'map.output', 'reduce.input', 'reduce.output']) conf.set(`stream.${end}`, form);
}

function setCommands(conf: Configuration, mapper: string | undefined, combiner: string | undefined): void {
  if (mapper !== undefined && wordFor(MAPPERS, mapper) === undefined) {
    refuseClass('-mapper', mapper, MAPPERS);
    conf.set(MAP_COMMAND, encodeCommand(mapper));
  }
  if (combiner === undefined) return;
  if (wordFor(REDUCERS, combiner) === 'aggregate') conf.set(COMBINER, 'aggregate');
  else if (wordFor(REDUCERS, combiner) === undefined) {
    refuseClass('-combiner', combiner, REDUCERS);
    conf.set(COMBINE_COMMAND, encodeCommand(combiner));
  }
}

function setReduces(conf: Configuration, args: StreamingArguments, reducer: string | undefined): void {
  const count = args.first('numReduceTasks');
  if (count !== undefined) conf.set(REDUCES, parseJavaInt(count));
  if (reducer === 'NONE') conf.set(REDUCES, 0);
  if (reducer === undefined || conf.get(REDUCES) === 0) return;
  const isAggregate = reducer.toLowerCase() === 'aggregate' || wordFor(REDUCERS, reducer) === 'aggregate';
  if (isAggregate) {
    conf.set(REDUCER, 'aggregate').set(COMBINER, 'aggregate').unset(COMBINE_COMMAND);
  } else if (wordFor(REDUCERS, reducer) === undefined) {
    refuseClass('-reducer', reducer, REDUCERS);
    conf.set(REDUCE_COMMAND, encodeCommand(reducer));
  }
}

function setOutput(conf: Configuration, args: StreamingArguments): void {
  const format = args.first('outputformat');
  if (format !== undefined) requireClass('-outputformat ', OUTPUT_FORMATS, format);
  const name = qualified(format, 'TextOutputFormat');
  if (args.has('lazyOutput')) conf.set(LAZY_OUTPUT, name).set(OUTPUT_FORMAT, `${MAPRED}.lib.LazyOutputFormat`);
  else conf.set(OUTPUT_FORMAT, name);
  const partitioner = args.first('partitioner');
  if (partitioner !== undefined) {
    requireClass('-partitioner ', PARTITIONERS, partitioner);
    conf.set(PARTITIONER, qualified(partitioner, ''));
  }
  for (const phase of ['map', 'reduce']) {
    const script = args.first(`${phase}debug`);
    if (script !== undefined) conf.set(`mapreduce.${phase}.debug.script`, script);
  }
}

function checkComparators(conf: Configuration): void {
  const [order, group] = [conf.getRaw(COMPARATOR), conf.getRaw(GROUP_COMPARATOR)];
  if (order !== undefined) requireClass(`-D ${COMPARATOR} `, COMPARATORS, order);
  if (group !== undefined) requireClass(`-D ${GROUP_COMPARATOR} `, COMPARATORS, group);
  const partitioner = conf.getRaw(PARTITIONER);
  if (partitioner !== undefined) requireClass(`-D ${PARTITIONER} `, PARTITIONERS, partitioner);
}

/** @throws StreamingRefusal in Hadoop's words for a class that is not there, with those that are */
function requireClass(what: string, table: Readonly<Record<string, string>>, className: string): void {
  if (wordFor(table, className) !== undefined) return;
  throw new StreamingRefusal(
    `${what}: class not found : ${className}\nCalf has ${namesOf(table)}: another Java class needs a Hadoop`,
  );
}

/** @throws StreamingRefusal for a command that is meant as a Java class */
function refuseClass(option: string, command: string, table: Readonly<Record<string, string>>): void {
  if (!isClassName(command)) return;
  throw new StreamingRefusal(
    `${option} : ${command} is a Java class, and Calf has no JVM. It has ${namesOf(table)}: another one needs a ` +
      'Hadoop',
  );
}
