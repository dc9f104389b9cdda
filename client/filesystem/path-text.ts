/** Paths as users type them: their parts and their texts. Paths of file systems are in protocol/path.ts. Pure. */
import { normalizePath } from '../../protocol/path.ts';

/** The parts of a typed path: `hdfs://host:8020/a`, `hdfs:///a`, `/a` or `a/b`. */
export interface PathParts {
  readonly scheme?: string;
  /** Undefined if there is none; empty for `hdfs:///a`. */
  readonly authority?: string;
  readonly path: string;
}

/** Splits a typed path, as Hadoop's PathData does: nothing is decoded, and `?` and `#` are ordinary characters. */
export function splitPath(text: string): PathParts {
  let rest = text;
  let scheme: string | undefined;
  const colon = rest.indexOf(':');
  if (colon > 0 && rest.indexOf('/') === colon + 1) {
    scheme = rest.slice(0, colon);
    rest = rest.slice(colon + 1);
  }
  let authority: string | undefined;
  if (rest.startsWith('//') && rest.length > 2) {
    const slash = rest.indexOf('/', 2);
    const end = slash > 0 ? slash : rest.length;
    authority = rest.slice(2, end);
    rest = rest.slice(end);
  }
  return { scheme, authority, path: rest };
}

/** The opposite of splitPath. */
export function joinPath(parts: PathParts): string {
  const scheme = parts.scheme === undefined ? '' : `${parts.scheme}:`;
  return scheme + (parts.authority === undefined ? '' : `//${parts.authority}`) + parts.path;
}

/** Returns an absolute path without `//`, `.`, `..` and a slash at its end. A relative path starts at `workingDirectory`. */
export function resolvePath(path: string, workingDirectory: string): string {
  return normalizePath(path.startsWith('/') ? path : `${workingDirectory}/${path}`);
}

/** Returns an absolute path as seen from a working directory: `.`, `a/b` or `../c`. */
export function relativize(workingDirectory: string, path: string): string {
  if (workingDirectory === path) return '.';
  const from = workingDirectory.split('/').filter(Boolean);
  const to = path.split('/').filter(Boolean);
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/');
}

/** Returns a pattern without the backslashes that quote glob characters. */
export function unquoteGlob(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1');
}

/** Compares by UTF-16 units, as Java's String.compareTo: the order of listings. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
