/** The example wordstandarddeviation: computes the standard deviation of the length of words. */
import { job, program, sum, UsageError } from '../api/api.ts';
import { parseCounts, wordsOf } from './words.ts';

/** Counts words, and sums their lengths and the squares of their lengths. */
export const moments = job<string, number>({
  name: 'word stddev',
  map(line, { emit }) {
    for (const { length } of wordsOf(line)) {
      emit('length', length);
      emit('square', length * length);
      emit('count', 1);
    }
  },
  combine: sum,
  reduce: sum,
});

export default program({
  name: 'wordstandarddeviation',
  usage: 'wordstddev <in> <out>',
  async main({ args, run, print, readText }) {
    const [input, output] = args;
    if (!input || !output || args.length !== 2) throw new UsageError();
    await run(moments, { inputs: [input], output });
    const counts = parseCounts(await readText(output));
    const count = counts.get('count') ?? 0;
    const mean = (counts.get('length') ?? 0) / count;
    print(`The standard deviation is: ${Math.sqrt((counts.get('square') ?? 0) / count - mean * mean)}`);
  },
});
