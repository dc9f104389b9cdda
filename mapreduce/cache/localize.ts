/** Brings the files of a job's cache to this machine, and checks that they are those that the job was submitted with. */
import fs from 'node:fs';
import path from 'node:path';
import { baseName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { FileSystems } from '../files/file-systems.ts';
import type { CacheEntry } from './cache-entries.ts';
import { copyToDisk } from './copy-tree.ts';
import { sizeOf } from './stage-cache.ts';
import { isArchive, unpack } from './unpack.ts';
import type { LocalEntry } from './working-directory.ts';

/** Modes of local copies, which tasks may run and not change (Hadoop: FSDownload). */
const FILE_MODE = 0o500;
const DIRECTORY_MODE = 0o700;

/**
 * Copies all entries into `directory`, one directory each, and unpacks the archives.
 * @throws IOException for a file that has changed since the submission, and errors of unpack()
 */
export async function localize(
  entries: readonly CacheEntry[],
  directory: string,
  fileSystems: FileSystems,
): Promise<LocalEntry[]> {
  await fs.promises.rm(directory, { recursive: true, force: true });
  const local: LocalEntry[] = [];
  for (const [i, entry] of entries.entries()) {
    const own = path.join(directory, String(i));
    await fs.promises.mkdir(own, { recursive: true, mode: DIRECTORY_MODE });
    const place = await bring(entry, own, fileSystems);
    local.push({ kind: entry.kind, name: entry.name, path: place });
  }
  return local;
}

async function bring(entry: CacheEntry, directory: string, fileSystems: FileSystems): Promise<string> {
  const { fs: source, path: from, uri } = fileSystems.qualify(entry.uri);
  const status = await source.getFileStatus(from);
  if (status.modificationTimeMs !== entry.modificationTimeMs || sizeOf(status) !== entry.size) {
    throw hadoopError(
      'IOException',
      `Resource ${uri} changed on src filesystem - expected: ${told(entry.modificationTimeMs, entry.size)}, ` +
        `was: ${told(status.modificationTimeMs, sizeOf(status))}`,
    );
  }
  const place = path.join(directory, baseName(from));
  if (entry.kind === 'archive' && status.type === 'FILE' && isArchive(place)) {
    const packed = path.join(directory, `packed-${baseName(from)}`);
    await copyToDisk(source, from, packed);
    await fs.promises.mkdir(place);
    await unpack(packed, place);
    await fs.promises.unlink(packed);
  } else await copyToDisk(source, from, place);
  await protect(place);
  return place;
}

const told = (timeMs: number, size: number): string => `"${new Date(timeMs).toISOString()}" and ${size} bytes`;

/** Gives files and directories their modes. Links have none of their own. */
async function protect(place: string): Promise<void> {
  const stat = await fs.promises.lstat(place);
  if (stat.isSymbolicLink()) return;
  await fs.promises.chmod(place, stat.isDirectory() ? DIRECTORY_MODE : FILE_MODE);
  if (!stat.isDirectory()) return;
  for (const name of await fs.promises.readdir(place)) await protect(path.join(place, name));
}
