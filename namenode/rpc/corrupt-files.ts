/** The answer to listCorruptFileBlocks: files whose blocks have corrupt replicas alone. */
import { pathOf } from '../namespace/inode.ts';
import * as Stat from '../namespace/stat-and-listing.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';

/** The default of dfs.namenode.max-corrupt-file-blocks-returned: the files that one answer names. */
const CORRUPT_FILES_MAX = 100;

/** Returns the corrupt files at or below a path, and as the cookie the number of corrupt files that were looked at. */
export async function corruptFilesBelow(
  driver: NamesystemDriver,
  path: string,
): Promise<{ files: string[]; cookie: string }> {
  const below = path === '/' ? '/' : `${path}/`;
  const files = driver.inspect('listCorruptFileBlocks', ({ namespace }) =>
    Stat.corruptFiles(namespace, CORRUPT_FILES_MAX).map((found) => pathOf(found.file)),
  );
  await driver.shown();
  return {
    files: files.filter((file) => file === path || file.startsWith(below)),
    cookie: String(files.length),
  };
}
