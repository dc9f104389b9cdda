/** The example aggregatewordhist: tells how often words occur, as figures over all words. */
import { job } from '../api/api.ts';
import { AGGREGATE_USAGE, aggregateArguments } from './aggregate.ts';

const KEY = 'WORD_HISTOGRAM';

/**
 * Splits a line at each single blank and tab, as Java's `split(" |\t")`: two blanks have an empty word between them, empty
 * words at the line's end are dropped, and an empty line is one empty word.
 */
export function splitJava(line: string): string[] {
  const words = line.split(/[ \t]/);
  if (words.length === 1) return words;
  return words.slice(0, words.findLastIndex((word) => word !== '') + 1);
}

/**
 * Returns Hadoop's report (ValueHistogram): the number of words, and of their counts the smallest, the one in the middle, the
 * largest, the average and the standard deviation.
 */
export function histogramReport(counts: Iterable<number>): string {
  const sorted = [...counts].sort((a, b) => a - b);
  const average = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  let squares = 0;
  for (const count of sorted) squares += (count - average) ** 2;
  const middle = sorted[Math.floor(sorted.length / 2)];
  const deviation = Math.sqrt(squares / sorted.length);
  return [sorted.length, sorted[0], middle, sorted.at(-1), decimal(average), decimal(deviation)].join('\t');
}

/** Writes a number as Java's Double.toString does between 0.001 and 10,000,000. */
const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** Returns the sum of the counts of each word. */
function countsOf(values: Iterable<readonly [string, number]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word, count] of values) counts.set(word, (counts.get(word) ?? 0) + count);
  return counts;
}

export default job<string, [string, number], string, string>({
  usage: AGGREGATE_USAGE,
  map(line, { emit }) {
    for (const word of splitJava(line)) emit(KEY, [word, 1]);
  },
  combine(key, values, { emit }) {
    for (const counted of countsOf(values)) emit(key, counted);
  },
  reduce(key, values, { emit }) {
    emit(key, histogramReport(countsOf(values).values()));
  },
  configure: aggregateArguments,
});
