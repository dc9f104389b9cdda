import { job, sum } from '../api/api.ts';

/** How often each word occurs. Words are separated by blanks, tabs and line ends, as in Hadoop's example. */
export default job<string, number>({
  name: 'word count',
  usage: 'wordcount <in> [<in>...] <out>',
  map(line, { emit }) {
    for (const word of line.split(/[ \t\n\r\f]+/)) if (word !== '') emit(word, 1);
  },
  combine: sum,
  reduce: sum,
});
