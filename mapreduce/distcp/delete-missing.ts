/** Deletes from the target what the source lacks (Hadoop: CopyCommitter.deleteMissing). */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { messageOf } from '../../runtime/errors.ts';
import { uriOf } from '../files/file-systems.ts';
import type { CopyFilter } from './copy-filter.ts';
import { relativePath } from './copy-listing.ts';

export interface DeleteMissing {
  readonly fs: FileSystem;
  /** The target, a directory. */
  readonly target: string;
  /** Paths of the listing, below the target. */
  readonly listed: ReadonlySet<string>;
  /** Paths that the filter leaves out are not deleted. */
  readonly filter: CopyFilter;
  /** Whether the rest is deleted after a failure (-i). */
  readonly ignoreFailures: boolean;
  readonly tell: (line: string) => void;
}

/** Returns the number of files and directories that were deleted; a directory with all that it has counts once. */
export async function deleteMissing(work: DeleteMissing): Promise<number> {
  const { fs, target, listed, filter, tell } = work;
  const directories = [target];
  let deleted = 0;
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const children = [];
    for await (const child of fs.listStatus(directory)) children.push(child);
    for (const { path, type } of children) {
      const uri = uriOf(fs, path);
      if (listed.has(relativePath(target, path)) || !filter(uri)) {
        if (type === 'DIRECTORY') directories.push(path);
        continue;
      }
      try {
        await fs.delete(path, true);
      } catch (e) {
        if (!work.ignoreFailures) throw e;
        tell(`Unable to delete ${uri}: ${messageOf(e)}`);
        continue;
      }
      deleted++;
      tell(`Deleted ${uri} - missing at source`);
    }
  }
  return deleted;
}
