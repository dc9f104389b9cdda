import { hadoopError } from '../../runtime/errors.ts';

/**
 * An absolute path as Hadoop's Path makes it: repeated and trailing slashes go, '.' and 'a/..' are resolved; a '..' that
 * would leave the root stays, and validDfsPath() then refuses it.
 */
export function normalizePath(path: string): string {
  // The usual path needs nothing.
  if (path.startsWith('/') && !/\/\/|\/\.|\/$/.test(path)) return path;
  const components: string[] = [];
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue;
    const last = components.at(-1);
    if (component === '..' && last !== undefined && last !== '..') components.pop();
    else components.push(component);
  }
  return `/${components.join('/')}`;
}

/**
 * The normalised path, if HDFS can have a file of that name: no component is '..' or has a ':'.
 * @throws IllegalArgumentException
 */
export function validDfsPath(path: string, uri: string): string {
  const normal = normalizePath(path);
  if (!path.startsWith('/')) throw hadoopError('IllegalArgumentException', `Not an absolute path: ${path}`);
  if (normal.includes(':') || normal.includes('/..')) {
    const reserved = normal.startsWith('/.reserved/');
    const illegal = normal.split('/').some((c) => c.includes(':') || (c === '..' && !reserved));
    if (illegal) {
      throw hadoopError(
        'IllegalArgumentException',
        `Pathname ${normal} from ${uri}${normal} is not a valid DFS filename.`,
      );
    }
  }
  return normal;
}

/** `/a` and `b` make `/a/b`; `/` and `b` make `/b`. */
export function joinPath(parent: string, name: string): string {
  if (name === '') return parent;
  return parent.endsWith('/') ? parent + name : `${parent}/${name}`;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `/` is its own parent. */
export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
