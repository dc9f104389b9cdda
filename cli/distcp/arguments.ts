/** The command line of `hadoop distcp` (Hadoop: OptionsParser). Pure. */
import {
  type Attribute,
  attributesOf,
  checkOptions,
  DEFAULT_ATTRIBUTES,
  type DistCpOptions,
  listThreadsOf,
  type Strategy,
} from '../../mapreduce/distcp/options.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { parseJavaInt } from '../options/numbers.ts';
import { type OptionFormat, type ParsedOptions, parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../options/usage-error.ts';

/** Options of Hadoop that Calf does not have, with the reasons. */
const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  blocksperchunk: 'a file is copied by one map',
  diff: 'there are no snapshots',
  rdiff: 'there are no snapshots',
  xtrack: 'use -update -delete, or compare listings of hdfs dfs -ls -R',
};

/** Options that Hadoop, or Calf, takes without any effect. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  copybuffersize: 'copies have no buffer of their own',
  filelimit: 'filelimit is a deprecated option. Ignoring.',
  sizelimit: 'sizelimit is a deprecated option. Ignoring.',
};

const FORMAT: OptionFormat = {
  options: [
    ...['append', 'async', 'atomic', 'delete', 'direct', 'i', 'overwrite', 'p', 'skipcrccheck', 'update'],
    ...['updateRoot', 'useiterator', 'v'],
  ],
  required: [
    ...['bandwidth', 'f', 'filters', 'log', 'm', 'numListstatusThreads', 'strategy', 'tmp'],
    ...Object.keys(WITHOUT_EFFECT),
  ],
  attached: ['p', 'm', 'f'],
  longForms: true,
  missingValue: (option) => `Missing argument for option: ${option}`,
};

const BANDWIDTH_MB = 100;
const MAPS = 20;

export interface DistCpArguments {
  readonly options: DistCpOptions;
  /** One line for each option that was given and has no effect. */
  readonly warnings: readonly string[];
}

/** @throws UsageError, or HadoopError for values and options that do not fit */
export function parseDistCp(args: readonly string[]): DistCpArguments {
  refuseMissing(args);
  const parsed = parseOptions(args, FORMAT);
  const { given, has } = parsed;
  const [sources, target] = pathsOf(parsed);
  const options: DistCpOptions = {
    sources,
    target,
    sourceListing: textOf(parsed, 'f'),
    update: has('update'),
    overwrite: has('overwrite'),
    deleteMissing: has('delete'),
    append: has('append'),
    preserve: preserved(parsed),
    maps: Math.max(1, numberOf(parsed, 'm', MAPS, 'Number of maps is invalid')),
    atomic: has('atomic'),
    workPath: textOf(parsed, 'tmp'),
    ignoreFailures: has('i'),
    logPath: textOf(parsed, 'log'),
    verbose: has('v'),
    bandwidthMb: bandwidthOf(parsed),
    filtersFile: textOf(parsed, 'filters'),
    skipCrc: has('skipcrccheck'),
    direct: has('direct'),
    async: has('async'),
    strategy: strategyOf(textOf(parsed, 'strategy') ?? 'uniformsize'),
    listThreads: listThreadsOf(numberOf(parsed, 'numListstatusThreads', 1, 'Number of liststatus threads is invalid')),
    updateRoot: has('updateRoot'),
  };
  checkOptions(options);
  const ignored = given.flatMap(({ name }) => WITHOUT_EFFECT[name] ?? []);
  return { options, warnings: ignored };
}

/** @throws UsageError for an option that Calf does not have */
function refuseMissing(args: readonly string[]): void {
  for (const word of args) {
    const name = word.replace(/^--?/, '').replace(/=.*$/s, '');
    if (!word.startsWith('-') || !Object.hasOwn(NOT_SUPPORTED, name)) continue;
    throw new UsageError(`-${name}: not supported yet: ${NOT_SUPPORTED[name]}`);
  }
}

function pathsOf(parsed: ParsedOptions): [sources: readonly string[], target: string] {
  const { parameters } = parsed;
  // Hadoop takes options that stand behind the first path as paths.
  const late = parameters.find((word) => /^-./.test(word));
  if (late !== undefined) throw illegal(`${late} stands where a path is expected: options come before the first path`);
  const target = parameters.at(-1)?.trim();
  if (target === undefined || target === '') throw illegal('Target path not specified');
  const sources = parameters.slice(0, -1).map((word) => word.trim());
  const hasListing = parsed.has('f');
  if (hasListing && sources.length > 0) throw illegal('Both source file listing and source paths present');
  if (!hasListing && sources.length === 0) throw illegal('Neither source file listing nor source paths present');
  return [sources, target];
}

function preserved(parsed: ParsedOptions): readonly Attribute[] {
  if (!parsed.has('p')) return [];
  const letters = parsed.value('p') ?? '';
  return letters === '' ? DEFAULT_ATTRIBUTES : attributesOf(letters);
}

function bandwidthOf(parsed: ParsedOptions): number {
  const text = textOf(parsed, 'bandwidth');
  if (text === undefined) return BANDWIDTH_MB;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[fd]?$/i.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (Number.isNaN(value)) throw illegal(`Bandwidth specified is invalid: ${text}`);
  if (value <= 0) throw illegal(`Bandwidth ${text} is invalid (should be > 0)`);
  return value;
}

/** @throws IllegalArgumentException for a strategy that is none: Hadoop would take the default in silence */
function strategyOf(text: string): Strategy {
  const name = text.toLowerCase();
  if (name === 'dynamic' || name === 'uniformsize') return name;
  // The name of the default in distcp-default.xml.
  if (name === 'static') return 'uniformsize';
  throw illegal(`-strategy ${text}: expected dynamic or uniformsize`);
}

function numberOf(parsed: ParsedOptions, option: string, byDefault: number, complaint: string): number {
  const text = textOf(parsed, option);
  if (text === undefined) return byDefault;
  try {
    return parseJavaInt(text);
  } catch (e) {
    if (!(e instanceof UsageError)) throw e;
    throw illegal(`${complaint}: ${text}`);
  }
}

function textOf(parsed: ParsedOptions, option: string): string | undefined {
  const text = parsed.value(option)?.trim();
  return text === '' ? undefined : text;
}

const illegal = (message: string): HadoopError => hadoopError('IllegalArgumentException', message);
