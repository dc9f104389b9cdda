/** The example wordcount: counts the words of texts. */
import { job, sum } from '../api/api.ts';

/** Counts each word. Blanks, tabs and line ends separate words, as in Hadoop's example. */
export default job<string, number>({
  name: 'word count',
  usage: 'wordcount <in> [<in>...] <out>',
  map(line, { emit }) {
    for (const word of line.split(/[ \t\n\r\f]+/)) if (word !== '') emit(word, 1);
  },
  combine: sum,
  reduce: sum,
});
