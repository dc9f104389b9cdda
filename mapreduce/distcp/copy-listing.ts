/** Lists the paths that a copy takes (Hadoop: GlobbedCopyListing, FileBasedCopyListing, SimpleCopyListing). */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { globStatus } from '../../client/filesystem/file-util.ts';
import { parentPath } from '../../protocol/path.ts';
import { HadoopError, isHadoopError } from '../../runtime/errors.ts';
import { type FileSystems, uriOf } from '../files/file-systems.ts';
import type { CopyFilter } from './copy-filter.ts';
import { DUPLICATE_FILE, invalidInput } from './failures.ts';
import type { CopyEntry } from './listing-file.ts';
import type { DistCpOptions } from './options.ts';
import { walk } from './walk.ts';

/** A path of the command line, after its pattern was expanded. */
export interface Source {
  readonly fs: FileSystem;
  readonly status: FileStatus;
}

/** The target as it is before the copy. */
export interface Target {
  readonly fs: FileSystem;
  readonly path: string;
  readonly status: FileStatus | undefined;
}

export interface ListingSizes {
  readonly paths: number;
  readonly directories: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

export async function findTarget(fileSystems: FileSystems, text: string): Promise<Target> {
  const { fs, path } = fileSystems.qualify(text);
  return { fs, path, status: await statusOf(fs, path) };
}

/**
 * Returns the sources of a command line, or of the file of -f, and checks them against the target.
 * @throws InvalidInputException
 */
export async function findSources(
  options: Pick<DistCpOptions, 'sources' | 'atomic'>,
  target: Target,
  fileSystems: FileSystems,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const text of options.sources) {
    const { fs, path, uri } = fileSystems.qualify(text);
    const found = (await globStatus(fs, path)) ?? [];
    if (found.length === 0) throw invalidInput(`${uri} doesn't exist`);
    sources.push(...found.map((status) => ({ fs, status })));
  }
  const [first] = sources;
  if (!first) throw invalidInput('Nothing to process. Source paths::EMPTY');
  const targetUri = uriOf(target.fs, target.path);
  if (target.status?.type === 'FILE') {
    if (sources.length > 1) throw invalidInput(`Multiple source being copied to a file: ${targetUri}`);
    if (first.status.type === 'DIRECTORY') {
      throw invalidInput(`Cannot copy ${uriOf(first.fs, first.status.path)}, which is not a file to ${targetUri}`);
    }
  }
  if (options.atomic && target.status) {
    throw invalidInput(
      `Target path for atomic-commit already exists: ${targetUri}. Cannot atomic-commit to pre-existing target-path.`,
    );
  }
  return sources;
}

/**
 * Gives an entry for each path to `write`.
 * @throws DuplicateFileException if two sources have the same path below the target
 */
export async function listSources(
  sources: readonly Source[],
  target: Target,
  options: Pick<DistCpOptions, 'update' | 'overwrite' | 'updateRoot' | 'listThreads'>,
  filter: CopyFilter,
  write: (entry: CopyEntry) => Promise<void>,
): Promise<ListingSizes> {
  const sizes = { paths: 0, directories: 0, bytes: 0 };
  // Two paths of one source are never the same.
  const seen = sources.length > 1 ? new Map<string, string>() : undefined;
  const skipsRoot = (options.update || options.overwrite) && !options.updateRoot;
  for (const { fs, status: source } of sources) {
    const root = sourceRoot(source, sources.length, target, options);
    for await (const status of walk(fs, source, options.listThreads)) {
      const uri = uriOf(fs, status.path);
      const isDirectory = status.type === 'DIRECTORY';
      if ((isDirectory && status.path === root && skipsRoot) || !filter(uri)) continue;
      const entry = entryOf(status, relativePath(root, status.path), uri);
      const other = seen?.get(entry.path);
      if (other !== undefined) {
        throw new HadoopError(DUPLICATE_FILE, `File ${other} and ${uri} would cause duplicates. Aborting`);
      }
      seen?.set(entry.path, uri);
      await write(entry);
      sizes.paths++;
      if (isDirectory) sizes.directories++;
      else sizes.bytes += status.length;
    }
  }
  return sizes;
}

/**
 * Returns the path below which the names of a source's copies begin (SimpleCopyListing.computeSourceRootPath): the source
 * itself if it becomes the target, else its parent, so that the copy gets the source's name.
 */
export function sourceRoot(
  source: FileStatus,
  sourceCount: number,
  target: Pick<Target, 'status'>,
  { update, overwrite }: Pick<DistCpOptions, 'update' | 'overwrite'>,
): string {
  const isAlone = sourceCount === 1;
  const becomesTarget =
    source.type === 'DIRECTORY'
      ? (isAlone && !target.status) || update || overwrite
      : isAlone && target.status?.type !== 'DIRECTORY';
  return becomesTarget || source.path === '/' ? source.path : parentPath(source.path);
}

/** Returns `/dir/file` for `/root/dir/file`; an empty text for the root itself. */
export function relativePath(root: string, path: string): string {
  return root === '/' ? path : path.slice(root.length);
}

function entryOf(status: FileStatus, path: string, source: string): CopyEntry {
  if (status.type !== 'DIRECTORY') return { path, source, length: status.length };
  const { permission, owner, group, modificationTimeMs, accessTimeMs, replication } = status;
  const directory = { permission, owner, group, modificationTimeMs, accessTimeMs, replication };
  return { path, source, length: 0, directory };
}

/** Returns undefined for a path that does not exist. */
export async function statusOf(fs: FileSystem, path: string): Promise<FileStatus | undefined> {
  try {
    return await fs.getFileStatus(path);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return undefined;
    throw e;
  }
}
