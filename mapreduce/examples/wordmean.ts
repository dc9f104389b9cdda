/** The example wordmean: computes the average length of words. */
import { job, program, sum, UsageError } from '../api/api.ts';
import { parseCounts, wordsOf } from './words.ts';

/** Counts words and their characters. */
export const lengths = job<string, number>({
  name: 'word mean',
  map(line, { emit }) {
    for (const word of wordsOf(line)) {
      emit('length', word.length);
      emit('count', 1);
    }
  },
  combine: sum,
  reduce: sum,
});

export default program({
  name: 'wordmean',
  usage: 'wordmean <in> <out>',
  async main({ args, run, print, readText }) {
    const [input, output] = args;
    if (!input || !output || args.length !== 2) throw new UsageError();
    await run(lengths, { inputs: [input], output });
    const counts = parseCounts(await readText(output));
    print(`The mean is: ${(counts.get('length') ?? 0) / (counts.get('count') ?? 0)}`);
  },
});
