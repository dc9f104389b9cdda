/** The NameNode's checks of paths. Pure. */
import { isValidName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';

const PATH_LENGTH_MAX = 8000;
const PATH_DEPTH_MAX = 1000;

/** Returns whether a path is `/.reserved` or lies in it, without the inodes and the raw view, to which it gives access. */
export function isReservedName(path: string): boolean {
  if (path !== '/.reserved' && !path.startsWith('/.reserved/')) return false;
  return !/^\/\.reserved\/(raw|\.inodes)(\/|$)/.test(path);
}

/** @throws InvalidPathException */
export function checkValidName(path: string): void {
  if (!isValidName(path)) throw hadoopError('InvalidPathException', `Invalid path name Invalid file name: ${path}`);
}

/** @throws IOException with Hadoop's words for a path that is longer or deeper than a NameNode takes */
export function checkPathLength(operation: string, path: string): void {
  if (path.length <= PATH_LENGTH_MAX && path.split('/').length <= PATH_DEPTH_MAX + 1) return;
  throw hadoopError(
    'IOException',
    `${operation}: Pathname too long.  Limit ${PATH_LENGTH_MAX} characters, ${PATH_DEPTH_MAX} levels.`,
  );
}
