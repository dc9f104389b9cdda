/** Paths on the wire: absolute, with `/` between names. The client, the NameNode and the commands share them. Pure. */
import { HadoopError } from '../runtime/errors.ts';

const SLASH = 47;

/**
 * Returns the names in an absolute path; none for the root. Repeated and trailing slashes are skipped, as in Hadoop.
 * @throws AssertionError for a relative path, as Hadoop's servers do
 */
export function pathComponents(path: string): string[] {
  if (path.charCodeAt(0) !== SLASH) {
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

/** Returns the path of these names, such as `/a/b`; `/` for none. */
export function pathOfComponents(components: readonly string[]): string {
  return `/${components.join('/')}`;
}

/** Returns whether HDFS can have a file of that path (Hadoop's DFSUtil.isValidName): no `.`, `..`, `:` or empty name. */
export function isValidName(path: string): boolean {
  if (path.charCodeAt(0) !== SLASH) return false;
  const components = path.split('/');
  return components.every((c, i) => {
    if (c === '') return i === 0 || i === components.length - 1;
    if (c === '..') return i > 4 && components[1] === '.reserved' && components[2] === '.inodes';
    return c !== '.' && !c.includes(':');
  });
}

/**
 * Returns an absolute path without repeated and trailing slashes, `.` and `a/..` (org.apache.hadoop.fs.Path). A `..` that
 * would leave the root stays: isValidName then refuses the path.
 */
export function normalizePath(path: string): string {
  // Most paths are normal already.
  if (path.startsWith('/') && !/\/\/|\/\.|\/$/.test(path)) return path;
  const components: string[] = [];
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue;
    const last = components.at(-1);
    if (component === '..' && last !== undefined && last !== '..') components.pop();
    else components.push(component);
  }
  return pathOfComponents(components);
}

/** Returns the path of a name in a directory: `/a/b` for `/a` and `b`. An empty name stands for the directory. */
export function joinPath(parent: string, name: string): string {
  if (name === '') return parent;
  return parent.endsWith('/') ? parent + name : `${parent}/${name}`;
}

/** Returns the last name of a normalized path; an empty text for the root. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the directory of a normalized path; the root for the root. */
export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
