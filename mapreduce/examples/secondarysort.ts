import { job, UsageError } from '../api/api.ts';

const SEPARATOR = '------------------------------------------------';

/**
 * Lines of two whole numbers, grouped by the first and, within a group, sorted by the second. The key is the pair, so
 * that the shuffle sorts by both; partition and group look only at the first.
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
