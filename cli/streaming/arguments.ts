/** The command line of `mapred streaming`: the options of StreamJob, parsed as commons-cli does. Pure. */
import { UsageError } from '../options/usage-error.ts';

/** Options that take values: one each time, or as many as come before the next option. */
const MANY = ['input', 'file', 'cacheFile', 'cacheArchive'] as const;
const ONE = [
  ...['output', 'mapper', 'combiner', 'reducer', 'inputformat', 'outputformat', 'partitioner', 'numReduceTasks'],
  ...['inputreader', 'mapdebug', 'reducedebug', 'jobconf', 'cmdenv', 'io', 'dfs', 'additionalconfspec'],
] as const;
const NONE = ['background', 'verbose', 'info', 'debug', 'help', 'lazyOutput'] as const;

/** Names of all options, without their dashes. */
export const STREAMING_OPTIONS: readonly string[] = [...MANY, ...ONE, ...NONE];

export interface StreamingArguments {
  has(option: string): boolean;
  /** The first value that was given. */
  first(option: string): string | undefined;
  /** All values, in order. */
  all(option: string): readonly string[];
}

const limitOf = (option: string): number => {
  if ((MANY as readonly string[]).includes(option)) return Number.POSITIVE_INFINITY;
  return (ONE as readonly string[]).includes(option) ? 1 : 0;
};

const optionIn = (word: string): string | undefined => {
  const name = word.replace(/^--?/, '');
  return word.startsWith('-') && STREAMING_OPTIONS.includes(name) ? name : undefined;
};

/** @throws UsageError in the words of commons-cli, or for words that belong to no option */
export function parseStreaming(words: readonly string[]): StreamingArguments {
  const values = new Map<string, string[]>();
  const others: string[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at++] ?? '';
    if (word === '--') {
      others.push(...words.slice(at));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      others.push(word);
      continue;
    }
    const option = optionIn(word);
    if (option === undefined) throw new UsageError(`Unrecognized option: ${word}`);
    const found = valuesAt(words, at, limitOf(option));
    if (found.length === 0 && limitOf(option) > 0) throw new UsageError(`Missing argument for option: ${option}`);
    values.set(option, [...(values.get(option) ?? []), ...found.map(unquoted)]);
    at += found.length;
  }
  if (others.length > 0) throw new UnexpectedArguments(others);
  return {
    has: (option) => values.has(option),
    first: (option) => values.get(option)?.[0],
    all: (option) => values.get(option) ?? [],
  };
}

/** Words that belong to no option. Hadoop prints no usage for them. */
export class UnexpectedArguments extends Error {
  override readonly name = 'UnexpectedArguments';

  constructor(words: readonly string[]) {
    super(`Found ${words.length} unexpected arguments on the command line [${words.join(', ')}]`);
  }
}

/** Values go on to the next option; a word with a dash that is no option is a value too. */
function valuesAt(words: readonly string[], start: number, limit: number): string[] {
  let end = start;
  while (end < words.length && end - start < limit && optionIn(words[end] ?? '') === undefined) end++;
  return words.slice(start, end);
}

/** Double quotes around a whole value are left out. */
const unquoted = (value: string): string => (/^"[^"]*"$/.test(value) ? value.slice(1, -1) : value);
