/** Puts a job's code into the file system from which its tasks load it, below a directory that no other user may write. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { osUserName } from '../../conf/configuration.ts';
import { joinPath, parentPath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { writeAll } from './file-content.ts';
import type { FileSystems } from './file-systems.ts';
import { exists } from './output-committer.ts';

/** Mode of a directory as /tmp: every user may make entries, and only an entry's owner may remove it. */
const SHARED = 0o1777;
const PRIVATE = 0o700;

/** Returns a job's own directory below the staging root. `user` and `jobId` are names without slashes. */
export function stagingDirectory(root: string, user: string, jobId: string): string {
  return `${root.replace(/\/$/, '')}/${user}/.staging/${jobId}`;
}

/** Returns the output directory of a job without output: it goes with the staging directory. */
export const noOutputIn = (stagingDirectory: string): string => joinPath(stagingDirectory, 'output');

/** Returns the place of the bundle in a job's staging directory. */
export const bundleIn = (stagingDirectory: string): string => joinPath(stagingDirectory, 'job.mjs');

/** Returns the place of the packed packages, beside the bundle. */
export const packagesBeside = (bundleUri: string): string => joinPath(parentPath(bundleUri), 'node_modules.tgz');

/**
 * Makes a job's staging directory, which the JobTracker names.
 * @throws IOException if the directories above belong to another user, who could exchange the files in it
 */
export async function makeStaging(stagingUri: string, user: string, fileSystems: FileSystems): Promise<void> {
  const { fs, path: directory } = fileSystems.qualify(stagingUri);
  const staging = parentPath(directory);
  const home = parentPath(staging);
  await makeShared(fs, parentPath(home));
  for (const own of [home, staging]) {
    await fs.mkdirs(own, PRIVATE);
    await checkOwner(fs, own, user);
  }
  await fs.mkdirs(directory, PRIVATE);
}

/**
 * Writes a job's bundle, and the packages beside it, into its staging directory, which is made. Returns the bundle's URI.
 * @throws as makeStaging()
 */
export async function stageBundle(
  code: Uint8Array,
  stagingUri: string,
  user: string,
  fileSystems: FileSystems,
  packages?: Uint8Array,
): Promise<string> {
  const { fs, path: directory } = fileSystems.qualify(stagingUri);
  await makeStaging(stagingUri, user, fileSystems);
  await writeAll(fs, bundleIn(directory), code);
  if (packages) await writeAll(fs, packagesBeside(bundleIn(directory)), packages);
  return bundleIn(stagingUri);
}

/** The rule and the message are those of Hadoop's JobSubmissionFiles. */
async function checkOwner(fs: FileSystem, directory: string, user: string): Promise<void> {
  const { owner } = await fs.getFileStatus(directory);
  const login = osUserName();
  if (owner === user || owner === login) return;
  throw hadoopError(
    'IOException',
    `The ownership on the staging directory ${directory} is not as expected. It is owned by ${owner}. ` +
      `The directory must be owned by the submitter ${user} or ${login}`,
  );
}

/** Makes a directory that all users share, and its parents. Directories that exist stay as they are. */
export async function makeShared(fs: FileSystem, directory: string): Promise<void> {
  if (directory === '/' || (await exists(fs, directory))) return;
  await makeShared(fs, parentPath(directory));
  await fs.mkdirs(directory);
  // The umask would take bits from a permission given to mkdirs().
  await fs.setPermission(directory, SHARED);
}
