import type { BlockLocation, FileStatus } from '../../client/filesystem/file-system.ts';
import type { FileSplit, InputSplit } from './input-split.ts';

/** As in Hadoop: a last piece of up to 1.1 splits stays whole. */
const SPLIT_SLOP = 1.1;

export interface SplitSizes {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** One split per block, or smaller or larger ones within the limits; FileInputFormat.computeSplitSize of Hadoop. */
export function splitSizeBytes(blockSizeBytes: number, { minBytes, maxBytes }: SplitSizes): number {
  return Math.max(1, minBytes, Math.min(maxBytes, blockSizeBytes));
}

/**
 * The splits of one file. Each has the places of the block in which it begins. An empty file has one empty split, as
 * in Hadoop, so that every file has a task.
 */
export function fileSplits(
  fsUri: string,
  file: Pick<FileStatus, 'path' | 'length' | 'blockSizeBytes'>,
  locations: readonly BlockLocation[],
  sizes: SplitSizes,
  splittable = true,
): FileSplit[] {
  const split = (start: number, length: number): FileSplit => {
    const block = locations.find((b) => b.offset <= start && start < b.offset + b.length);
    const { hosts, names } = block ?? { hosts: [], names: [] };
    return { kind: 'file', fsUri, path: file.path, start, length, hosts, names };
  };
  const sizeBytes = splitSizeBytes(file.blockSizeBytes, sizes);
  const splits: FileSplit[] = [];
  let start = 0;
  while (splittable && (file.length - start) / sizeBytes > SPLIT_SLOP) {
    splits.push(split(start, sizeBytes));
    start += sizeBytes;
  }
  if (start < file.length || file.length === 0) splits.push(split(start, file.length - start));
  return splits;
}

/** The largest first, so that no large one starts last; among equals the order stays. */
export function bySizeDescending(splits: readonly InputSplit[]): InputSplit[] {
  return [...splits].sort((a, b) => b.length - a.length);
}
