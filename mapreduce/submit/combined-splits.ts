/** Decides which parts of files are combined into larger splits. */
import type { BlockLocation } from '../../client/filesystem/file-system.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { InputFormat } from '../formats/format.ts';
import { combineSplits } from '../job/combine-splits.ts';
import type { FileSplit, InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

const MAX_SIZE = 'mapreduce.input.fileinputformat.split.maxsize';
const MIN_PER_NODE = 'mapreduce.input.fileinputformat.split.minsize.per.node';
const MIN_PER_RACK = 'mapreduce.input.fileinputformat.split.minsize.per.rack';
const MIB = 1024 * 1024;
/** Number of small files from which on they are combined; 0: never. */
const MIN_FILES = 'calf.input.combine.min-files';
const SPLIT_BYTES = 'calf.input.combine.split-bytes';
const DEFAULT_MIN_FILES = 100;
const DEFAULT_SPLIT_BYTES = 16 * MIB;

/** The racks of the DataNodes of a job's input. */
export class Racks {
  readonly #racks = new Map<string, string>();

  add(locations: readonly BlockLocation[]): void {
    for (const { names, topologyPaths } of locations) {
      for (const [i, name] of names.entries()) {
        const path = topologyPaths[i] ?? '';
        this.#racks.set(name, path.slice(0, path.lastIndexOf('/')));
      }
    }
  }

  of(name: string): string {
    return this.#racks.get(name) ?? '';
  }
}

export interface CombineOptions {
  readonly conf: JobConfiguration;
  readonly racks: Racks;
  /** The largest block of the files, in bytes. */
  readonly blockBytes: number;
  /** Many small files may be combined though the job does not ask for it. */
  readonly mayCombine: boolean;
}

/** @throws IOException for limits that contradict each other */
export function combinedSplits(
  format: Pick<InputFormat<unknown, unknown>, 'combines'>,
  splits: readonly FileSplit[],
  { conf, racks, blockBytes, mayCombine }: CombineOptions,
): InputSplit[] {
  const rackOf = (name: string): string => racks.of(name);
  const maxSet = conf.getNumber(MAX_SIZE, 0);
  const least = {
    minBytesPerNode: conf.getNumber(MIN_PER_NODE, 0),
    minBytesPerRack: conf.getNumber(MIN_PER_RACK, 0),
  };
  if (format.combines === 'always') {
    const sizes = { maxBytes: maxSet > 0 ? maxSet : blockBytes, ...least };
    checkSizes(sizes);
    return combineSplits(splits, rackOf, sizes);
  }
  const minFiles = conf.getNumber(MIN_FILES, DEFAULT_MIN_FILES);
  if (!format.combines || !mayCombine || minFiles <= 0) return [...splits];
  const maxBytes = maxSet > 0 ? maxSet : conf.getNumber(SPLIT_BYTES, DEFAULT_SPLIT_BYTES);
  const small = splits.filter((split) => split.start === 0 && split.length <= maxBytes / 2);
  if (small.length < minFiles) return [...splits];
  const isSmall = new Set(small);
  const sizes = { maxBytes, minBytesPerNode: 0, minBytesPerRack: 0 };
  return [...splits.filter((split) => !isSmall.has(split)), ...combineSplits(small, rackOf, sizes)];
}

/** The rules of Hadoop's CombineFileInputFormat.getSplits. */
function checkSizes({ maxBytes, minBytesPerNode, minBytesPerRack }: Parameters<typeof combineSplits>[2]): void {
  const check = (what: string, min: number, above: string, max: number): void => {
    if (min !== 0 && max !== 0 && min > max) {
      throw hadoopError('IOException', `Minimum split size per ${what} ${min} cannot be larger than ${above} ${max}`);
    }
  };
  check('node', minBytesPerNode, 'maximum split size', maxBytes);
  check('rack', minBytesPerRack, 'maximum split size', maxBytes);
  check('node', minBytesPerNode, 'minimum split size per rack', minBytesPerRack);
}
