/** Puts a job's code into the file system from which its tasks load it. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { joinPath, parentPath } from '../../protocol/path.ts';
import { writeAll } from './file-content.ts';
import { type FileSystems, uriOf } from './file-systems.ts';
import { exists } from './output-committer.ts';

/** Mode of a directory as /tmp: every user may make entries, and only an entry's owner may remove it. */
const SHARED = 0o1777;
const PRIVATE = 0o700;

export interface StagedJob {
  /** URI of the bundle. */
  readonly uri: string;
  /** URI of the directory, which is deleted at the job's end. */
  readonly directoryUri: string;
}

/** Writes a job's bundle to `<staging root>/<user>/.staging/<job>/job.mjs`. */
export async function stageBundle(
  code: Uint8Array,
  jobId: string,
  user: string,
  fileSystems: FileSystems,
  conf: Configuration,
): Promise<StagedJob> {
  const { fs, path: root } = fileSystems.qualify(conf.get('mapreduce.jobtracker.staging.root.dir'));
  await makeShared(fs, root);
  const directory = `${root}/${user}/.staging/${jobId}`;
  await fs.mkdirs(directory, PRIVATE);
  const bundle = joinPath(directory, 'job.mjs');
  await writeAll(fs, bundle, code);
  return { uri: uriOf(fs, bundle), directoryUri: uriOf(fs, directory) };
}

/** Makes a directory that all users share, and its parents. Directories that exist stay as they are. */
async function makeShared(fs: FileSystem, directory: string): Promise<void> {
  if (directory === '/' || (await exists(fs, directory))) return;
  await makeShared(fs, parentPath(directory));
  await fs.mkdirs(directory);
  // The umask would take bits from a permission given to mkdirs().
  await fs.setPermission(directory, SHARED);
}
