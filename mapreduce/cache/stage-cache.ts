/**
 * The submitter's side of the distributed cache: finds the files of -files and -archives, copies them to where the trackers
 * reach them, and writes the properties that name them (Hadoop: GenericOptionsParser, JobResourceUploader).
 */
import path from 'node:path';
import type { FileStatus } from '../../client/filesystem/file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { baseName, joinPath } from '../../protocol/path.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { FileSystems, QualifiedPath } from '../files/file-systems.ts';
import { CACHE_KINDS, CACHE_PROPERTIES, type CacheKind, checkNames, listOf, splitFragment } from './cache-entries.ts';
import { copyTree } from './copy-tree.ts';

/** A file that was found for the cache. */
export interface CacheSource {
  readonly kind: CacheKind;
  readonly name: string;
  readonly from: QualifiedPath;
  readonly status: FileStatus;
  /** Given by an option: it is copied unless the trackers reach it where it is. */
  readonly isOption: boolean;
}

type StagedFile = Pick<CacheSource, 'from' | 'name' | 'status'>;

/** The directories below a job's staging directory, as in Hadoop's JobSubmissionFiles. */
const STAGED_IN: Readonly<Record<CacheKind, string>> = { file: 'files', archive: 'archives' };

/**
 * Finds all files and archives of a job's cache. A path without a scheme that an option gives is a local one.
 * @throws FileNotFoundException for one that does not exist, and errors of checkNames()
 */
export async function findCache(conf: Configuration, fileSystems: FileSystems): Promise<CacheSource[]> {
  const found: CacheSource[] = [];
  for (const kind of CACHE_KINDS) {
    const { uris, option } = CACHE_PROPERTIES[kind];
    for (const text of listOf(conf, uris)) {
      const { uri, name } = splitFragment(text);
      const from = fileSystems.qualify(uri);
      found.push({ kind, name, from, status: await from.fs.getFileStatus(from.path), isOption: false });
    }
    for (const text of listOf(conf, option)) found.push(await findOption(kind, text, fileSystems));
  }
  checkNames(found.map(({ kind, name, from }) => ({ kind, name, uri: from.uri })));
  return found;
}

async function findOption(kind: CacheKind, text: string, fileSystems: FileSystems): Promise<CacheSource> {
  if (text === '') throw hadoopError('IllegalArgumentException', "File name can't be empty string");
  const { uri, name } = splitFragment(text);
  const from = fileSystems.qualify(/^[a-z][a-z\d+.-]*:/i.test(uri) ? uri : `file:${path.resolve(uri)}`);
  try {
    return { kind, name, from, status: await from.fs.getFileStatus(from.path), isOption: true };
  } catch (e) {
    if (!isHadoopError(e, 'FileNotFoundException')) throw e;
    throw hadoopError('FileNotFoundException', `File ${uri} does not exist.`, e);
  }
}

/** Copies the files that need it into the staging directory, which exists, and sets the properties of the cache. */
export async function stageCache(
  sources: readonly CacheSource[],
  stagingUri: string,
  fileSystems: FileSystems,
  conf: Configuration,
): Promise<void> {
  for (const kind of CACHE_KINDS) {
    const own = sources.filter((source) => source.kind === kind);
    if (own.length === 0) continue;
    const staged: StagedFile[] = [];
    // Each has a directory of its own: two files of one name may have links of different names.
    for (const [i, source] of own.entries()) {
      staged.push(await stage(source, joinPath(joinPath(stagingUri, STAGED_IN[kind]), String(i)), fileSystems));
    }
    const { uris, sizes, timestamps, option } = CACHE_PROPERTIES[kind];
    conf.set(uris, staged.map(({ from, name }) => `${from.uri}#${name}`).join(','));
    conf.set(sizes, staged.map(({ status }) => sizeOf(status)).join(','));
    conf.set(timestamps, staged.map(({ status }) => status.modificationTimeMs).join(','));
    conf.set(option, '');
  }
}

/** Returns the length of a file; 0 for a directory, whose length tells nothing. */
export const sizeOf = ({ type, length }: FileStatus): number => (type === 'DIRECTORY' ? 0 : length);

async function stage(source: CacheSource, directoryUri: string, fileSystems: FileSystems): Promise<StagedFile> {
  const { name, from, isOption } = source;
  const directory = fileSystems.qualify(directoryUri);
  if (!isOption || from.fs.uri === directory.fs.uri) return source;
  await directory.fs.mkdirs(directory.path);
  const to = fileSystems.qualify(joinPath(directoryUri, baseName(from.path)));
  await copyTree(from.fs, from.path, to.fs, to.path);
  return { from: to, name, status: await to.fs.getFileStatus(to.path) };
}
