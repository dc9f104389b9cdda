// Counts words, with a combiner, on every engine.
import { job, sum } from 'calf';

export default job<string, number>({
  name: 'words',
  map(line, { emit }) {
    for (const word of line.split(/[ \t\r\n\f]+/)) if (word !== '') emit(word, 1);
  },
  combine: sum,
  reduce: sum,
});
