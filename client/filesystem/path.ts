/** The check of paths before they go to the NameNode. */
import { isValidName, normalizePath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';

/**
 * Returns the normalized path if HDFS can have a file of that path (DistributedFileSystem.getPathName).
 * @throws IllegalArgumentException
 */
export function validDfsPath(path: string, uri: string): string {
  const normal = normalizePath(path);
  if (!path.startsWith('/')) throw hadoopError('IllegalArgumentException', `Not an absolute path: ${path}`);
  // Only such a path can be invalid once it is normalized; most paths are not looked at name by name.
  if ((normal.includes(':') || normal.includes('/..')) && !isValidName(normal)) {
    throw hadoopError(
      'IllegalArgumentException',
      `Pathname ${normal} from ${uri}${normal} is not a valid DFS filename.`,
    );
  }
  return normal;
}
