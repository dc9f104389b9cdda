/** Finds the files of a job's input, and cuts them into splits. */
import pLimit from 'p-limit';
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { globStatus } from '../../client/filesystem/file-util.ts';
import { baseName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { type FileSystems, uriOf } from '../files/file-systems.ts';
import type { InputFormat } from '../formats/format.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { bySizeDescending, fileSplits, type SplitSizes } from '../job/splits.ts';

/** Most calls for block locations that are under way at once. */
const LOCATIONS_AT_ONCE = 8;

interface FoundInput {
  readonly fs: FileSystem;
  readonly files: FileStatus[];
}

export interface InputSplits {
  readonly splits: InputSplit[];
  readonly fileCount: number;
}

/**
 * Returns the splits of a job's input, the largest first.
 * @throws InvalidInputException for a path that does not exist and a pattern that matches nothing
 */
export async function findSplits(
  // biome-ignore lint/suspicious/noExplicitAny: any format will do
  format: InputFormat<any, any>,
  inputs: readonly string[],
  fileSystems: FileSystems,
  conf: JobConfiguration,
  sizes: SplitSizes,
): Promise<InputSplits> {
  if (format.withoutFiles && format.getSplits) {
    return { splits: await format.getSplits([], fileSystems.get(''), conf), fileCount: 0 };
  }
  if (inputs.length === 0) throw hadoopError('IOException', 'No input paths specified in job');
  const found = await findFiles(inputs, fileSystems, conf);
  const splits: InputSplit[] = [];
  for (const { fs, files } of found) {
    if (format.getSplits) splits.push(...(await format.getSplits(files, fs, conf)));
    else splits.push(...(await splitsOfFiles(format, fs, files, sizes)));
  }
  return { splits: bySizeDescending(splits), fileCount: found.reduce((n, { files }) => n + files.length, 0) };
}

async function findFiles(
  inputs: readonly string[],
  fileSystems: FileSystems,
  conf: JobConfiguration,
): Promise<FoundInput[]> {
  const recursive = conf.getBoolean('mapreduce.input.fileinputformat.input.dir.recursive', false);
  const errors: string[] = [];
  const found: FoundInput[] = [];
  for (const input of inputs) {
    const { fs, path, uri } = fileSystems.qualify(input);
    const matches = await globStatus(fs, path);
    if (matches === null) errors.push(`Input path does not exist: ${uri}`);
    else if (matches.length === 0) errors.push(`Input Pattern ${uri} matches 0 files`);
    const files: FileStatus[] = [];
    for (const match of matches ?? []) {
      if (match.type === 'DIRECTORY') await listInto(files, fs, match.path, recursive);
      else files.push(match);
    }
    found.push({ fs, files });
  }
  if (errors.length > 0) throw hadoopError('InvalidInputException', errors.join('\n'));
  return found;
}

/** As Hadoop's FileInputFormat: files whose names begin with _ or . are no input. */
const isHidden = (path: string): boolean => /^[._]/.test(baseName(path));

async function listInto(files: FileStatus[], fs: FileSystem, directory: string, recursive: boolean): Promise<void> {
  for await (const child of fs.listStatus(directory)) {
    if (isHidden(child.path)) continue;
    if (child.type !== 'DIRECTORY') files.push(child);
    else if (recursive) await listInto(files, fs, child.path, recursive);
    else throw hadoopError('IOException', `Not a file: ${uriOf(fs, child.path)}`);
  }
}

async function splitsOfFiles(
  format: InputFormat<unknown, unknown>,
  fs: FileSystem,
  files: readonly FileStatus[],
  sizes: SplitSizes,
): Promise<InputSplit[]> {
  const limit = pLimit(LOCATIONS_AT_ONCE);
  const splits = files.map((file) =>
    limit(async () => {
      const locations = file.length > 0 ? await fs.getFileBlockLocations(file.path, 0, file.length) : [];
      return fileSplits(fs.uri, file, locations, sizes, format.isSplittable?.(file.path) ?? true);
    }),
  );
  return (await Promise.all(splits)).flat();
}
