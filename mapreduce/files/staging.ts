import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { joinPath, parentPath } from '../../client/filesystem/path.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { writeAll } from './file-content.ts';
import { type FileSystems, uriOf } from './file-systems.ts';
import { exists } from './output-committer.ts';

/** Everyone may make entries, and only their owners may remove them, as in any /tmp. */
const SHARED = 0o1777;
const PRIVATE = 0o700;

export interface StagedJob {
  /** The bundle's URI. */
  readonly uri: string;
  /** The directory's URI, to be deleted at the job's end. */
  readonly directoryUri: string;
}

/** Puts a job's bundle where its tasks find it: `<staging root>/<user>/.staging/<job>/job.mjs`. */
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

/** Makes a directory, and those above it, that all users share; what is there is left as it is. */
async function makeShared(fs: FileSystem, directory: string): Promise<void> {
  if (directory === '/' || (await exists(fs, directory))) return;
  await makeShared(fs, parentPath(directory));
  await fs.mkdirs(directory);
  // Not by mkdirs(), from whose permission the umask takes.
  await fs.setPermission(directory, SHARED);
}
