/** The words for the shares of a job's reduces: the client's lines, `mapred job -status` and the job's page have the same. */
import { binaryPrefix } from '../../runtime/format.ts';
import type { ShuffleStatus } from './shuffle-status.ts';

/** A key with this share of its reduce's bytes cannot be helped by another partition: one reduce gets the whole key. */
const DOMINANT = 0.5;

const size = (bytes: number): string => binaryPrefix(bytes, 1, 'B');
const percent = (part: number, whole: number): string => `${whole > 0 ? Math.round((100 * part) / whole) : 0}%`;

/** Returns one line for the largest reduces, and one for the heaviest keys if there are some. */
export function shareLines({ maps, reduces, bytes, largest, keys }: ShuffleStatus): string[] {
  const shares = largest.map((own) => `${own.reduce}: ${size(own.bytes)} (${percent(own.bytes, bytes)})`);
  const heavy = keys.map((own) => `${JSON.stringify(own.key)} in ${own.reduce}: ${size(own.bytes)}`);
  return [
    `Largest of ${reduces} reduces, after ${maps} maps: ${shares.join(', ')}`,
    ...(heavy.length > 0 ? [`Heaviest keys, by sampling: ${heavy.join(', ')}`] : []),
  ];
}

/** Returns the lines for a job whose reduces get unequal shares, with the cures; none for another job. */
export function skewLines(status: ShuffleStatus | undefined): string[] {
  const [first] = status?.largest ?? [];
  if (!status?.isSkewed || !first) return [];
  const mean = status.bytes / status.reduces;
  const times = (first.bytes / mean).toFixed(1);
  const [key] = status.keys;
  const isOneKey = key?.reduce === first.reduce && key.bytes >= DOMINANT * first.bytes;
  return [
    `Skew: reduce ${first.reduce} gets ${times} times the mean of all reduces`,
    ...shareLines(status),
    isOneKey
      ? `Cure: one key is most of it, and only one reduce can get a key. Make it smaller with combine(), or divide it with salting()`
      : `Cure: divide the keys by sampled ranges, rangePartitioner(), or by a partition() of the job's own; salting() divides heavy keys`,
  ];
}
