/** Cuts the files of a job's input into splits, as Hadoop's FileInputFormat does. */
import type { BlockLocation, FileStatus } from '../../client/filesystem/file-system.ts';
import type { FileSplit, InputSplit } from './input-split.ts';

/** The last piece of a file stays whole if it is no longer than this many splits. */
const SPLIT_SLOP = 1.1;
/** Hadoop's NetworkTopology.DEFAULT_RACK. */
const DEFAULT_RACK = '/default-rack';

export interface SplitSizes {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Returns the size of a block, unless a limit forbids it: FileInputFormat.computeSplitSize. */
export function splitSizeBytes(blockSizeBytes: number, { minBytes, maxBytes }: SplitSizes): number {
  return Math.max(1, minBytes, Math.min(maxBytes, blockSizeBytes));
}

/**
 * Returns the splits of one file. Each has the hosts of the block in which the split begins. An empty file has one empty
 * split, so that every file has a task.
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
    const { hosts, names, topologyPaths } = block ?? { hosts: [], names: [], topologyPaths: [] };
    const racks = racksOf(topologyPaths.map(rackIn));
    return { kind: 'file', fsUri, path: file.path, start, length, hosts, names, ...racks };
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

/** Returns the rack in a topology path, `/rack/ip:port`. */
const rackIn = (topologyPath: string): string => topologyPath.slice(0, topologyPath.lastIndexOf('/'));

/** Returns the racks of a split, each once. A rack without a name is the default rack. */
export function racksOf(racks: readonly string[]): { readonly racks?: readonly string[] } {
  const named = new Set(racks.map((rack) => (rack === '' ? DEFAULT_RACK : rack)));
  return named.size === 0 || (named.size === 1 && named.has(DEFAULT_RACK)) ? {} : { racks: [...named] };
}

/** Puts the largest splits first, so that no large split starts last. Equal splits keep their order. */
export function bySizeDescending(splits: readonly InputSplit[]): InputSplit[] {
  return [...splits].sort((a, b) => b.length - a.length);
}
