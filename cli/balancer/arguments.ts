/** The arguments of `hdfs balancer`; org.apache.hadoop.hdfs.server.balancer.Balancer.Cli. */
import type { PolicyName } from '../../tools/balancer/balancing-policy.ts';
import { type BalancerParameters, DEFAULT_PARAMETERS } from '../../tools/balancer/parameters.ts';
import { notSupportedText, whyOptionNotSupported } from '../options/not-supported.ts';
import { parseJavaInt } from '../options/numbers.ts';
import { type OptionFormat, parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../options/usage-error.ts';

export const USAGE: readonly string[] = [
  'Usage: hdfs balancer',
  '\t[-policy <policy>]\tthe balancing policy: datanode or blockpool',
  '\t[-threshold <threshold>]\tPercentage of disk capacity',
  '\t[-exclude [-f <hosts-file> | <comma-separated list of hosts>]]\tExcludes the specified datanodes.',
  '\t[-include [-f <hosts-file> | <comma-separated list of hosts>]]\tIncludes only the specified datanodes.',
  '\t[-source [-f <hosts-file> | <comma-separated list of hosts>]]\tPick only the specified datanodes as source nodes.',
  '\t[-blockpools <comma-separated list of blockpool ids>]' +
    '\tThe balancer will only run on blockpools included in this list.',
  '\t[-idleiterations <idleiterations>]\tNumber of consecutive idle iterations (-1 for Infinite) before exit.',
  '\t[-runDuringUpgrade]\tWhether to run the balancer during an ongoing HDFS upgrade.' +
    'This is usually not desired since it will not affect used space on over-utilized machines.',
  '\t[-asService]\tRun as a long running service.',
  '\t[-sortTopNodes]\tSort datanodes based on the utilization so that highly utilized datanodes get scheduled first.',
  '\t[-hotBlockTimeInterval]\tprefer to move cold blocks.',
];

/** Options that name a value, by the words that Hadoop has for it. */
const VALUES: Readonly<Record<string, string>> = {
  threshold: 'Threshold',
  policy: 'Policy',
  blockpools: 'blockpools',
  idleiterations: 'idleiterations',
  hotblocktimeinterval: 'hotBlockTimeInterval',
};

/** The options of the balancer, in lower case and without their dash. */
export const BALANCER_OPTIONS = {
  options: ['runduringupgrade', 'asservice', 'sorttopnodes'],
  required: Object.keys(VALUES),
  lists: ['exclude', 'include', 'source'],
} as const satisfies OptionFormat;

/**
 * Returns the parameters that arguments ask for. Options are taken in any case. Pure but for `readHosts`.
 * @param readHosts returns the text of a hosts file
 * @throws UsageError
 */
export function parseArguments(args: readonly string[], readHosts: (file: string) => string): BalancerParameters {
  const shown = `args = [${args.join(', ')}]`;
  const { given, parameters, has, value } = parseOptions(args, {
    ...BALANCER_OPTIONS,
    place: 'anywhere',
    unknown: 'keep',
    ignoresCase: true,
    missingValue: (option, isFile) => missingValue(option, isFile, shown),
  });
  const [unknown] = parameters;
  if (unknown !== undefined) {
    const reason = whyOptionNotSupported('hdfs balancer', unknown);
    throw new UsageError(reason === undefined ? shown : `${unknown}: ${notSupportedText(reason)}`);
  }
  const hosts = (type: 'exclude' | 'include' | 'source'): ReadonlySet<string> => {
    const option = given.findLast(({ name }) => name === type);
    if (option?.value === undefined) return new Set();
    return option.isFile ? hostsIn(option.value, type, readHosts) : new Set(words(option.value, ','));
  };
  const whole = (option: string): number | undefined => {
    const text = value(option);
    return text === undefined ? undefined : parseJavaInt(text, Number.MAX_SAFE_INTEGER);
  };
  const found: BalancerParameters = {
    policy: parsePolicy(value('policy')),
    threshold: parseThreshold(value('threshold')),
    idleIterationsMax: whole('idleiterations') ?? DEFAULT_PARAMETERS.idleIterationsMax,
    included: hosts('include'),
    excluded: hosts('exclude'),
    sources: hosts('source'),
    blockPools: new Set(words(value('blockpools') ?? '', ',')),
    runDuringUpgrade: has('runduringupgrade'),
    asService: has('asservice'),
    sortTopNodes: has('sorttopnodes'),
    hotBlockTimeIntervalMs: whole('hotblocktimeinterval'),
  };
  if (found.included.size > 0 && found.excluded.size > 0) {
    throw new UsageError('-exclude and -include options cannot be specified together.');
  }
  return found;
}

function missingValue(option: string, isFile: boolean, shown: string): string {
  const value = VALUES[option];
  if (value !== undefined) return `${value} value is missing: ${shown}`;
  const tight = shown.replace(' = ', '=');
  return isFile
    ? `File containing ${option} nodes is not specified: ${tight}`
    : `List of ${option} nodes | -f <filename> is missing: ${tight}`;
}

function parseThreshold(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PARAMETERS.threshold;
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?\s*$/i.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value >= 1 && value <= 100) return value;
  const shown = Number.isInteger(value) ? value.toFixed(1) : String(value);
  const message = Number.isNaN(value) ? `For input string: "${text}"` : `Number out of range: threshold = ${shown}`;
  throw new UsageError(`Expecting a number in the range of [1.0, 100.0]: ${text}\n${message}`);
}

function parsePolicy(text: string | undefined): PolicyName {
  if (text === undefined) return DEFAULT_PARAMETERS.policy;
  const name = text.toLowerCase();
  if (name === 'datanode' || name === 'blockpool') return name;
  throw new UsageError(`Illegal policy name: ${text}\nCannot recognize policy: ${text}`);
}

/** Returns the names in a hosts file: at the whitespace of each line, up to a `#` (HostsFileReader of Hadoop). */
function hostsIn(file: string, type: string, read: (file: string) => string): ReadonlySet<string> {
  let text: string;
  try {
    text = read(file);
  } catch {
    throw new UsageError(`Failed to read ${type} node list from file: ${file}`);
  }
  return new Set(text.split('\n').flatMap((line) => words(line.replace(/#.*/, ''), /\s+/)));
}

function words(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
