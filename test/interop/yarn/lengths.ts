// Sums by keys of two parts, with a combiner, a partition of its own, groups, a counter and several reducers.
import { job, sum } from 'calf';

export default job<[length: number, first: string], number, string, string>({
  name: 'lengths',
  reducers: 3,
  map(line, { emit, counter }) {
    for (const word of line.split(/\s+/)) {
      if (word === '') counter('lengths', 'empty').increment();
      else emit([word.length, word[0] ?? ''], word.length);
    }
  },
  combine: sum,
  partition: ([length], _value, reducers) => length % reducers,
  group: ([length]) => length,
  reduce([length], values, context) {
    const sums = new Map<string, number>();
    // The key is that of the value which was read last.
    for (const value of values) sums.set(context.key[1], (sums.get(context.key[1]) ?? 0) + value);
    context.emit(`${length} letters`, [...sums].map(([first, letters]) => `${first}=${letters}`).join(' '));
  },
});
