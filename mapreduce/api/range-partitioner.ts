/** Partitions keys by ranges that a sample has given: shares of about the same size, and part files that follow each other. */
import type { TaskContext } from './job.ts';
import { compareKeys, type RangeKey } from './order-of-keys.ts';

/** The property with the file of borders (Hadoop: TotalOrderPartitioner.PARTITIONER_PATH). */
export const RANGES_FILE = 'mapreduce.totalorderpartitioner.path';

export interface RangePartitioner<K> {
  /** The job's setup(), or a part of it: reads the borders. */
  setup(context: Pick<TaskContext, 'phase' | 'conf' | 'qualify'>): Promise<void>;
  /** The job's partition(). @throws Error if setup() was not called, or the job has no file of borders */
  partition(key: K, value: unknown, reducers: number): number;
}

/**
 * Returns the functions of a job that partition its keys by ranges (Hadoop: TotalOrderPartitioner). Make them beside the job.
 * sampleRanges() writes the file of borders.
 * @param compare the job's compare(), if it has one
 */
export function rangePartitioner<K extends RangeKey>(
  compare: (a: K, b: K) => number = compareKeys,
): RangePartitioner<K> {
  let borders: readonly K[] | undefined;
  return {
    async setup({ phase, conf, qualify }) {
      const file = conf.get(RANGES_FILE);
      if (phase === 'reduce' || file === undefined) return;
      const { fs, path } = qualify(file);
      const input = await fs.open(path);
      try {
        const text = new TextDecoder().decode(await input.pread(0, input.length));
        borders = parseBorders(text);
      } finally {
        await input.close();
      }
    },
    partition(key, _value, reducers) {
      if (reducers === 1) return 0;
      if (!borders) throw new Error(`A job with rangePartitioner() calls its setup(), and needs ${RANGES_FILE}`);
      return Math.min(rangeOf(key, borders, compare), reducers - 1);
    },
  };
}

/** Returns the number of borders that are not above the key. */
function rangeOf<K>(key: K, borders: readonly K[], compare: (a: K, b: K) => number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(borders[middle] as K, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The file has one border a line, as JSON. */
export const formatBorders = (borders: readonly unknown[]): string =>
  borders.map((key) => `${JSON.stringify(key)}\n`).join('');

export function parseBorders<K>(text: string): K[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as K);
}

/**
 * Returns up to `ranges - 1` borders that divide sorted keys into parts of about the same size. A key that fills several
 * parts is one border: no two ranges have the same key (Hadoop: InputSampler.writePartitionFile).
 */
export function chooseBorders<K>(sorted: readonly K[], ranges: number): K[] {
  const borders: K[] = [];
  let last = 0;
  for (let i = 1; i < ranges; i++) {
    let at = Math.round((sorted.length * i) / ranges);
    while (at < sorted.length && at > 0 && sameKey(sorted[at], sorted[last])) at++;
    if (at >= sorted.length) break;
    if (at <= last) continue;
    borders.push(sorted[at] as K);
    last = at;
  }
  return borders;
}

const sameKey = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
