/** Finds the files that the input paths of a job name, by the rules of Hadoop's FileInputFormat. */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { globStatus } from '../../client/filesystem/file-util.ts';
import { baseName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { type FileSystems, uriOf } from '../files/file-systems.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

const RECURSIVE = 'mapreduce.input.fileinputformat.input.dir.recursive';
const IGNORE_SUBDIRS = 'mapreduce.input.fileinputformat.input.dir.nonrecursive.ignore.subdirs';

/** The files of one input path, in the order of their names. */
export interface FoundInput {
  readonly fs: FileSystem;
  readonly files: readonly FileStatus[];
}

/**
 * Splits a list of paths at its commas (FileInputFormat.getPathStrings). A comma between braces belongs to a pattern, and
 * `\,` is a comma of a name.
 * @throws IllegalArgumentException for an empty path
 */
export function inputPathsOf(list: string): string[] {
  const paths: string[] = [];
  let open = 0;
  let start = 0;
  for (let i = 0; i <= list.length; i++) {
    const c = list[i];
    if (c === '\\') i++;
    else if (c === '{') open++;
    else if (c === '}') open = Math.max(0, open - 1);
    else if (c === undefined || (c === ',' && open === 0)) {
      paths.push(list.slice(start, i));
      start = i + 1;
    }
  }
  // A backslash at the list's end escapes nothing.
  if (start <= list.length) paths.push(list.slice(start));
  if (paths.includes('')) throw hadoopError('IllegalArgumentException', 'Can not create a Path from an empty string');
  return paths;
}

/**
 * Finds the files of every path, pattern and directory of the inputs.
 * @throws InvalidInputException that names every path that does not exist and every pattern that matches nothing
 */
export async function findFiles(
  inputs: readonly string[],
  fileSystems: FileSystems,
  conf: JobConfiguration,
): Promise<FoundInput[]> {
  const recursive = conf.getBoolean(RECURSIVE, false);
  const ignoresSubdirectories = conf.getBoolean(IGNORE_SUBDIRS, false);
  const errors: string[] = [];
  const found: FoundInput[] = [];
  for (const input of inputs.flatMap(inputPathsOf)) {
    const { fs, path, uri } = fileSystems.qualify(input);
    const matches = await globStatus(fs, path, isVisible);
    if (matches === null) errors.push(`Input path does not exist: ${uri}`);
    else if (matches.length === 0) errors.push(`Input Pattern ${uri} matches 0 files`);
    const files: FileStatus[] = [];
    for (const match of matches ?? []) {
      if (match.type === 'DIRECTORY') await listInto(files, fs, match.path);
      else files.push(match);
    }
    found.push({ fs, files });
  }
  if (errors.length > 0) throw hadoopError('InvalidInputException', errors.join('\n'));
  return found;

  async function listInto(files: FileStatus[], fs: FileSystem, directory: string): Promise<void> {
    for await (const child of fs.listStatus(directory)) {
      if (!isVisible(child.path)) continue;
      if (child.type !== 'DIRECTORY') files.push(child);
      else if (recursive) await listInto(files, fs, child.path);
      else if (!ignoresSubdirectories) throw hadoopError('IOException', `Not a file: ${uriOf(fs, child.path)}`);
    }
  }
}

/** FileInputFormat's filter of hidden files: names that begin with _ or . are no input, also where they are named alone. */
const isVisible = (path: string): boolean => !/^[._]/.test(baseName(path));
