/** The example wordmedian: finds the median length of words. */
import { job, program, sum, UsageError } from '../api/api.ts';
import { parseCounts, wordsOf } from './words.ts';

/** Counts the words of each length. */
export const lengths = job<number, number>({
  name: 'word median',
  map(line, { emit }) {
    for (const word of wordsOf(line)) emit(word.length, 1);
  },
  combine: sum,
  reduce: sum,
});

/** Returns the length in the middle; for an even number of words the lower of the two, as in Hadoop's example. */
export function medianOf(countByLength: ReadonlyMap<number, number>): number {
  const total = [...countByLength.values()].reduce((a, b) => a + b, 0);
  let seen = 0;
  for (const [length, count] of [...countByLength].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= Math.ceil(total / 2)) return length;
  }
  return 0;
}

export default program({
  name: 'wordmedian',
  usage: 'wordmedian <in> <out>',
  async main({ args, run, print, readText }) {
    const [input, output] = args;
    if (!input || !output || args.length !== 2) throw new UsageError();
    await run(lengths, { inputs: [input], output });
    const counts = [...parseCounts(await readText(output))].map(([length, count]) => [Number(length), count] as const);
    print(`The median is: ${medianOf(new Map(counts))}`);
  },
});
