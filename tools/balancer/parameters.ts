import type { PolicyName } from './balancing-policy.ts';

/** What `hdfs balancer` is told; org.apache.hadoop.hdfs.server.balancer.BalancerParameters. */
export interface BalancerParameters {
  readonly policy: PolicyName;
  /** Percent of a DataNode's capacity that its utilization may differ from the cluster's. */
  readonly threshold: number;
  /** Rounds in a row that move nothing; -1: any number. */
  readonly idleIterationsMax: number;
  /** Host names or addresses, with or without a port; empty: all. */
  readonly included: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  /** Only these give blocks away; empty: all. */
  readonly sources: ReadonlySet<string>;
  readonly blockPools: ReadonlySet<string>;
  readonly runDuringUpgrade: boolean;
  readonly asService: boolean;
  readonly sortTopNodes: boolean;
  /** Blocks of files changed so recently come last; undefined: dfs.balancer.getBlocks.hot-time-interval. */
  readonly hotBlockTimeIntervalMs: number | undefined;
}

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

/** Arguments that the balancer does not understand: `message` says which, `hint` is printed before the usage. */
export class BalancerArgumentError extends Error {
  override readonly name = 'BalancerArgumentError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

type Mutable = { -readonly [K in keyof BalancerParameters]: BalancerParameters[K] };

/**
 * Reads the arguments of `hdfs balancer`; names are taken in any case, as Hadoop takes them. Pure but for `readHosts`.
 * @param readHosts gives the text of a hosts file
 * @throws BalancerArgumentError
 */
export function parseParameters(args: readonly string[], readHosts: (file: string) => string): BalancerParameters {
  const shown = `args = [${args.join(', ')}]`;
  const found: Mutable = {
    policy: 'datanode',
    threshold: 10,
    idleIterationsMax: 5,
    included: new Set(),
    excluded: new Set(),
    sources: new Set(),
    blockPools: new Set(),
    runDuringUpgrade: false,
    asService: false,
    sortTopNodes: false,
    hotBlockTimeIntervalMs: undefined,
  };
  let at = 0;
  const wordAfter = (missing: string): string => {
    const value = args[++at];
    if (value === undefined) throw new BalancerArgumentError(missing);
    return value;
  };
  const hosts = (type: string): ReadonlySet<string> => {
    const value = wordAfter(`List of ${type} nodes | -f <filename> is missing: ${shown.replace(' = ', '=')}`);
    if (value.toLowerCase() !== '-f') return new Set(words(value, ','));
    const file = wordAfter(`File containing ${type} nodes is not specified: ${shown.replace(' = ', '=')}`);
    return readHostsFile(file, type, readHosts);
  };
  for (; at < args.length; at++) {
    switch (args[at]?.toLowerCase()) {
      case '-threshold':
        found.threshold = parseThreshold(wordAfter(`Threshold value is missing: ${shown}`));
        break;
      case '-policy':
        found.policy = parsePolicy(wordAfter(`Policy value is missing: ${shown}`));
        break;
      case '-exclude':
        found.excluded = hosts('exclude');
        break;
      case '-include':
        found.included = hosts('include');
        break;
      case '-source':
        found.sources = hosts('source');
        break;
      case '-blockpools':
        found.blockPools = new Set(words(wordAfter(`blockpools value is missing: ${shown}`), ','));
        break;
      case '-idleiterations':
        found.idleIterationsMax = parseWhole(wordAfter(`idleiterations value is missing: ${shown}`));
        break;
      case '-hotblocktimeinterval':
        found.hotBlockTimeIntervalMs = parseWhole(wordAfter(`hotBlockTimeInterval value is missing: ${shown}`));
        break;
      case '-runduringupgrade':
        found.runDuringUpgrade = true;
        break;
      case '-asservice':
        found.asService = true;
        break;
      case '-sorttopnodes':
        found.sortTopNodes = true;
        break;
      default:
        throw new BalancerArgumentError(shown);
    }
  }
  if (found.included.size > 0 && found.excluded.size > 0) {
    throw new BalancerArgumentError('-exclude and -include options cannot be specified together.');
  }
  return found;
}

function parseThreshold(text: string): number {
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?\s*$/i.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value >= 1 && value <= 100) return value;
  const hint = `Expecting a number in the range of [1.0, 100.0]: ${text}`;
  const shown = Number.isInteger(value) ? value.toFixed(1) : String(value);
  const message = Number.isNaN(value) ? `For input string: "${text}"` : `Number out of range: threshold = ${shown}`;
  throw new BalancerArgumentError(message, hint);
}

function parsePolicy(text: string): PolicyName {
  const name = text.toLowerCase();
  if (name === 'datanode' || name === 'blockpool') return name;
  throw new BalancerArgumentError(`Cannot recognize policy: ${text}`, `Illegal policy name: ${text}`);
}

function parseWhole(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new BalancerArgumentError(`For input string: "${text}"`);
}

/** Names at the whitespace of each line, up to a `#`; org.apache.hadoop.util.HostsFileReader. */
function readHostsFile(file: string, type: string, read: (file: string) => string): ReadonlySet<string> {
  let text: string;
  try {
    text = read(file);
  } catch {
    throw new BalancerArgumentError(`Failed to read ${type} node list from file: ${file}`);
  }
  return new Set(text.split('\n').flatMap((line) => words(line.replace(/#.*/, ''), /\s+/)));
}

function words(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
