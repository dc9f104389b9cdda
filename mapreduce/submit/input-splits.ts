/** Cuts the files of a job's input into splits. */
import pLimit from 'p-limit';
import { codecOf } from '../../client/codecs/codecs.ts';
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { type FileSystems, uriOf } from '../files/file-systems.ts';
import type { InputFormat } from '../formats/format.ts';
import type { FileSplit, InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { bySizeDescending, fileSplits, type SplitSizes } from '../job/splits.ts';
import { combinedSplits, Racks } from './combined-splits.ts';
import { findFiles } from './input-paths.ts';

/** Most calls for block locations that are under way at once. */
const LOCATIONS_AT_ONCE = 8;

// biome-ignore lint/suspicious/noExplicitAny: any format will do
type AnyFormat = InputFormat<any, any>;

export interface InputSplits {
  readonly splits: InputSplit[];
  readonly fileCount: number;
}

/**
 * Returns the splits of a job's input, the largest first.
 * @param mayCombine many small files may share a split
 * @throws InvalidInputException for a path that does not exist, a pattern that matches nothing, and a compressed file that
 * can't be read
 */
export async function findSplits(
  format: AnyFormat,
  inputs: readonly string[],
  fileSystems: FileSystems,
  conf: JobConfiguration,
  sizes: SplitSizes,
  mayCombine = false,
): Promise<InputSplits> {
  const context = { conf, sizes, fileSystem: (uri: string) => fileSystems.get(uri) };
  if (format.withoutFiles && format.getSplits) return { splits: await format.getSplits([], context), fileCount: 0 };
  if (inputs.length === 0) throw hadoopError('IOException', 'No input paths specified in job');
  const found = await findFiles(inputs, fileSystems, conf);
  refuseUnreadable(
    format,
    found.flatMap(({ fs, files }) => files.map((file) => uriOf(fs, file.path))),
  );
  const splits: InputSplit[] = [];
  if (format.getSplits) {
    const files = found.flatMap(({ fs, files: of }) => of.map((file) => ({ ...file, fsUri: fs.uri })));
    splits.push(...(await format.getSplits(files, context)));
  } else {
    const racks = new Racks();
    const parts: FileSplit[] = [];
    for (const { fs, files } of found) parts.push(...(await splitsOfFiles(format, fs, files, sizes, racks)));
    const blockBytes = Math.max(1, ...found.map(({ files }) => largestBlock(files)));
    splits.push(...combinedSplits(format, parts, { conf, racks, blockBytes, mayCombine }));
  }
  return { splits: bySizeDescending(splits), fileCount: found.reduce((n, { files }) => n + files.length, 0) };
}

/** Refuses compressed files whose bytes would be read as if they were records. */
function refuseUnreadable(format: AnyFormat, uris: readonly string[]): void {
  if (keepsCompression(format)) return;
  const errors: string[] = [];
  for (const uri of uris) {
    const codec = codecOf(uri);
    if (!codec) continue;
    if (!codec.load) errors.push(`Input file ${uri}: Calf has no ${codec.name}. ${remedy(uri, codec)}`);
    else if (format.getSplits) {
      errors.push(`Input file ${uri}: the job's input format can't split a compressed file. ${remedy(uri, codec)}`);
    }
  }
  if (errors.length > 0) throw hadoopError('InvalidInputException', errors.join('\n'));
}

function remedy(uri: string, { suffix, program }: { readonly suffix: string; readonly program: string }): string {
  return `Decompress it first: hdfs dfs -cat ${uri} | ${program} | hdfs dfs -put - ${uri.slice(0, -suffix.length)}`;
}

async function splitsOfFiles(
  format: AnyFormat,
  fs: FileSystem,
  files: readonly FileStatus[],
  sizes: SplitSizes,
  racks: Racks,
): Promise<FileSplit[]> {
  const limit = pLimit(LOCATIONS_AT_ONCE);
  const splits = files.map((file) =>
    limit(async () => {
      const locations = file.length > 0 ? await fs.getFileBlockLocations(file.path, 0, file.length) : [];
      racks.add(locations);
      return fileSplits(fs.uri, file, locations, sizes, isSplittable(format, file.path));
    }),
  );
  return (await Promise.all(splits)).flat();
}

const largestBlock = (files: readonly FileStatus[]): number =>
  files.reduce((most, { blockSizeBytes }) => Math.max(most, blockSizeBytes), 0);

/** A compressed file is one split, unless its codec and the format's readers can begin within it. */
function isSplittable(format: AnyFormat, path: string): boolean {
  const codec = keepsCompression(format) ? undefined : codecOf(path);
  const isCut = codec === undefined || (codec.splittable === true && format.splitsCompressed === true);
  return isCut && (format.isSplittable?.(path) ?? true);
}

/** Whether the format's readers get the bytes of compressed files as they are. A reader that opens files reads them so. */
const keepsCompression = (format: AnyFormat): boolean =>
  format.compression === 'kept' || format.openReader !== undefined;
