/** The example secondarysort: sorts the values of each key, too. */
import { job, UsageError } from '../api/api.ts';

const SEPARATOR = '------------------------------------------------';

/**
 * Reads lines of two whole numbers, groups them by the first, and sorts each group by the second. The key is the pair, so
 * that the shuffle sorts by both numbers; partition() and group() use the first only.
 */
export default job<[number, number], number, number | string, number | null>({
  name: 'secondary sort',
  usage: 'secondarysort <in> <out>',
  map(line, { emit }) {
    const [left, right] = line.trim().split(/\s+/);
    if (left) emit([Number.parseInt(left, 10), Number.parseInt(right ?? '0', 10)], Number.parseInt(right ?? '0', 10));
  },
  partition: ([first], _second, reducers) => Math.abs((first * 127) % reducers),
  group: ([first]) => first,
  reduce([first], seconds, { emit }) {
    emit(SEPARATOR, null);
    for (const second of seconds) emit(first, second);
  },
  configure(args) {
    const [input, output] = args;
    if (!input || !output || args.length !== 2) throw new UsageError();
    return { inputs: [input], output };
  },
});
