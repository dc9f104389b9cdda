import { normalizePath, parentPath as parentOf } from '../../../protocol/path.ts';
import { UsageError } from '../../options/usage-error.ts';

/** The parts of a path as typed: `hdfs://host:8020/a`, `hdfs:///a`, `/a`, `a/b`. */
export interface PathParts {
  readonly scheme?: string;
  /** Undefined for none; empty for `hdfs:///a`. */
  readonly authority?: string;
  readonly path: string;
}

/** Splits a typed path as Hadoop's PathData: nothing is decoded, and `?` and `#` are ordinary characters. Pure. */
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

/** @throws UsageError for a text that org.apache.hadoop.fs.Path does not take */
export function checkPathText(text: string): void {
  if (text === '') throw new UsageError('Can not create a Path from an empty string');
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  if (colon === 0 && (slash < 0 || colon < slash)) {
    throw new UsageError(`java.net.URISyntaxException: Expected scheme name at index 0: ${text}`);
  }
  if (colon > 0 && slash !== colon + 1 && (slash < 0 || colon < slash)) {
    throw new UsageError(`java.net.URISyntaxException: Relative path in absolute URI: ${text}`);
  }
}

/** An absolute path without `//`, `.`, `..` and a slash at its end; a relative one is taken from `workingDirectory`. */
export function resolvePath(path: string, workingDirectory: string): string {
  return normalizePath(path.startsWith('/') ? path : `${workingDirectory}/${path}`);
}

/** The parent of an absolute path; undefined for the root. */
export function parentPath(path: string): string | undefined {
  return path === '/' ? undefined : parentOf(path);
}

/** How an absolute path is written relative to a working directory, as `.`, `a/b` and `../c`. */
export function relativize(workingDirectory: string, path: string): string {
  if (workingDirectory === path) return '.';
  const from = workingDirectory.split('/').filter(Boolean);
  const to = path.split('/').filter(Boolean);
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/');
}

/** Removes the backslashes that quote glob characters. */
export function unquoteGlob(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1');
}

/** Java's String.compareTo over the UTF-16 units, the order of listings. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
