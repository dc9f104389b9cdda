/** The example aggregatewordcount: counts words, with the arguments of Hadoop's aggregate library. */
import { job, sum } from '../api/api.ts';
import { AGGREGATE_USAGE, aggregateArguments } from './aggregate.ts';
import { wordsOf } from './words.ts';

export default job<string, number>({
  usage: AGGREGATE_USAGE,
  map(line, { emit }) {
    for (const word of wordsOf(line)) emit(word, 1);
  },
  combine: sum,
  reduce: sum,
  configure: aggregateArguments,
});
