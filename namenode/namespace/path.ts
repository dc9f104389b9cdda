import { HadoopError, hadoopError } from '../../runtime/errors.ts';

const PATH_LENGTH_MAX = 8000;
const PATH_DEPTH_MAX = 1000;

/**
 * The names in an absolute path; none for the root. Doubled and trailing slashes count for nothing, as in Hadoop.
 * @throws AssertionError, as Hadoop's servers do, for a relative path
 */
export function pathComponents(path: string): string[] {
  if (path.charCodeAt(0) !== 47) {
    throw new HadoopError('java.lang.AssertionError', `Absolute path required, but got '${path}'`);
  }
  const components: string[] = [];
  let start = 1;
  for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', start)) {
    if (end > start) components.push(path.slice(start, end));
    start = end + 1;
  }
  if (start < path.length) components.push(path.slice(start));
  return components;
}

/** `/a/b` of its components. */
export const joinPath = (components: readonly string[]): string => `/${components.join('/')}`;

/** DFSUtil.isValidName: absolute, no empty component, no `.` and `..`, no colon. */
export function isValidName(path: string): boolean {
  if (path.charCodeAt(0) !== 47) return false;
  const components = path.split('/');
  return components.every((c, i) => {
    if (c === '') return i === 0 || i === components.length - 1;
    if (c === '..') return i > 4 && components[1] === '.reserved' && components[2] === '.inodes';
    return c !== '.' && !c.includes(':');
  });
}

/** `/.reserved` and what is in it, but for the inodes and the raw view that it gives access to. */
export function isReservedName(path: string): boolean {
  if (path !== '/.reserved' && !path.startsWith('/.reserved/')) return false;
  return !/^\/\.reserved\/(raw|\.inodes)(\/|$)/.test(path);
}

/** @throws InvalidPathException */
export function checkValidName(path: string): void {
  if (!isValidName(path)) throw hadoopError('InvalidPathException', `Invalid path name Invalid file name: ${path}`);
}

/** @throws IOException with Hadoop's words when a path is longer or deeper than a NameNode takes */
export function checkPathLength(operation: string, path: string): void {
  if (path.length <= PATH_LENGTH_MAX && path.split('/').length <= PATH_DEPTH_MAX + 1) return;
  throw hadoopError(
    'IOException',
    `${operation}: Pathname too long.  Limit ${PATH_LENGTH_MAX} characters, ${PATH_DEPTH_MAX} levels.`,
  );
}

/** The directory part of `/a/b`: `/a`. */
export function parentPath(path: string): string {
  return joinPath(pathComponents(path).slice(0, -1));
}
