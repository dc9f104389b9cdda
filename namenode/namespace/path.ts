/** The NameNode's checks of paths. */
import { isValidName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';

const PATH_LENGTH_MAX = 8000;
const PATH_DEPTH_MAX = 1000;

/**
 * Returns true if a path is `/.reserved` or lies in it. `/.reserved/raw` and `/.reserved/.inodes` are not reserved:
 * they give access to the namespace.
 */
export function isReservedName(path: string): boolean {
  if (path !== '/.reserved' && !path.startsWith('/.reserved/')) return false;
  return !/^\/\.reserved\/(raw|\.inodes)(\/|$)/.test(path);
}

/**
 * Checks that a path is valid.
 * @throws InvalidPathException
 */
export function checkValidName(path: string): void {
  if (!isValidName(path)) throw hadoopError('InvalidPathException', `Invalid path name Invalid file name: ${path}`);
}

/**
 * Checks that a path is not longer or deeper than Hadoop's NameNode allows.
 * @throws IOException in Hadoop's words
 */
export function checkPathLength(operation: string, path: string): void {
  if (path.length <= PATH_LENGTH_MAX && path.split('/').length <= PATH_DEPTH_MAX + 1) return;
  throw hadoopError(
    'IOException',
    `${operation}: Pathname too long.  Limit ${PATH_LENGTH_MAX} characters, ${PATH_DEPTH_MAX} levels.`,
  );
}
