/** `-reducer aggregate`: the aggregators of Hadoop's library (org.apache.hadoop.mapreduce.lib.aggregate). Pure. */
import { javaDouble } from './java-numbers.ts';

/** Makes one value of all values of a key. */
interface Aggregator {
  add(value: string): void;
  /** The value for the output. */
  report(): string;
  /** The values that a combiner passes on. */
  combined(): Iterable<string>;
}

const LONG = /^[+-]?\d+$/;
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** @throws Error in the words of Java's Long.parseLong */
function parseLong(text: string): bigint {
  const value = LONG.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (value !== undefined && value >= LONG_MIN && value <= LONG_MAX) return value;
  throw new Error(`java.lang.NumberFormatException: For input string: "${text}"`);
}

/** Folds all values into one. */
function fold<T>(
  first: T,
  parse: (text: string) => T,
  step: (a: T, b: T) => T,
  print: (value: T) => string,
): Aggregator {
  let total = first;
  return {
    add: (value) => {
      total = step(total, parse(value));
    },
    report: () => print(total),
    combined: () => [print(total)],
  };
}

const sumOf = (a: bigint, b: bigint): bigint => BigInt.asIntN(64, a + b);
const asItIs = (text: string): string => text;
const firstOr = (choose: (a: string, b: string) => string) => (a: string | null, b: string | null) =>
  a === null ? b : choose(a, b ?? '');

/** @param uniqueMax aggregate.max.num.unique.values: a counter of unique values goes no further */
function aggregatorOf(type: string, uniqueMax: number): Aggregator | undefined {
  switch (type.toLowerCase()) {
    case 'longvaluesum':
      return fold(0n, parseLong, sumOf, String);
    case 'longvaluemax':
      return fold(LONG_MIN, parseLong, (a, b) => (a > b ? a : b), String);
    case 'longvaluemin':
      return fold(LONG_MAX, parseLong, (a, b) => (a < b ? a : b), String);
    case 'doublevaluesum':
      return fold(0, parseDouble, (a, b) => a + b, javaDouble);
    case 'stringvaluemax':
      return fold<string | null>(
        null,
        asItIs,
        firstOr((a, b) => (a > b ? a : b)),
        String,
      );
    case 'stringvaluemin':
      return fold<string | null>(
        null,
        asItIs,
        firstOr((a, b) => (a < b ? a : b)),
        String,
      );
    case 'uniqvaluecount':
      return uniqueValues(uniqueMax);
    case 'valuehistogram':
      return histogram();
    default:
      return undefined;
  }
}

function parseDouble(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new Error(`java.lang.NumberFormatException: For input string: "${text}"`);
  }
  return value;
}

function uniqueValues(max: number): Aggregator {
  const values = new Set<string>();
  return {
    add: (value) => {
      if (values.size < max) values.add(value);
    },
    report: () => String(values.size),
    combined: () => values,
  };
}

/** Counts how often each value comes; a value may bring its count behind a TAB. */
function histogram(): Aggregator {
  const counts = new Map<string, bigint>();
  return {
    add: (value) => {
      const tab = value.lastIndexOf('\t');
      const text = tab < 0 ? value : value.slice(0, tab);
      counts.set(text, (counts.get(text) ?? 0n) + (tab < 0 ? 1n : parseLong(value.slice(tab + 1))));
    },
    report: () => histogramReport([...counts.values()].map(Number).sort((a, b) => a - b)),
    combined: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, count]) => `${value}\t${count}`),
  };
}

/** Number of values, then the least, median, largest, average and standard deviation of their counts. */
function histogramReport(counts: readonly number[]): string {
  const { length } = counts;
  if (length === 0) return '0';
  const average = counts.reduce((sum, count) => sum + count, 0) / length;
  const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / length);
  return [
    ...[length, counts[0], counts[Math.floor(length / 2)], counts.at(-1)].map(String),
    ...[average, deviation].map(javaDouble),
  ].join('\t');
}

/** The key `LongValueSum:word` names the aggregator and the output's key. */
export interface AggregateKey {
  readonly aggregator: Aggregator;
  readonly id: string;
}

/** @throws Error for a key without a known type */
export function aggregateKey(key: string, uniqueMax: number): AggregateKey {
  const colon = key.indexOf(':');
  const aggregator = colon < 0 ? undefined : aggregatorOf(key.slice(0, colon), uniqueMax);
  if (aggregator) return { aggregator, id: key.slice(colon + 1) };
  throw new Error(
    `-reducer aggregate was given the key '${key}': a key begins with LongValueSum:, LongValueMax:, LongValueMin:, ` +
      'DoubleValueSum:, StringValueMax:, StringValueMin:, UniqValueCount: or ValueHistogram:',
  );
}
