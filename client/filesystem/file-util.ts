/** Globs over any file system. */
import { baseName, joinPath, normalizePath } from '../../protocol/path.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import { componentGlob, expandBraces } from './glob.ts';

/** A path that matches the components so far; its status is fetched only where a decision depends on it. */
interface Candidate {
  readonly path: string;
  readonly status?: FileStatus;
}

/**
 * Returns the files that match an absolute path in Hadoop's glob syntax, sorted by path. Null when the pattern has no
 * wildcard and its file does not exist; an empty array when wildcards match nothing (Hadoop: Globber). A file that
 * `accepts` refuses counts as one that does not exist.
 * @throws IOException for a malformed pattern, AccessControlException where a directory can't be read
 */
export async function globStatus(
  fs: FileSystem,
  pattern: string,
  accepts: (path: string) => boolean = () => true,
): Promise<FileStatus[] | null> {
  const flat = expandBraces(pattern);
  const results: FileStatus[] = [];
  let sawWildcard = false;
  for (const one of flat) {
    const components = normalizePath(one)
      .split('/')
      .filter((c) => c !== '')
      .map(componentGlob);
    sawWildcard ||= components.some((c) => c.hasPattern);
    let candidates: Candidate[] = [{ path: '/' }];
    for (const [i, component] of components.entries()) {
      const isLast = i === components.length - 1;
      const next: Candidate[] = [];
      for (const candidate of candidates) {
        if (candidate.status?.type === 'FILE') continue;
        if (component.hasPattern) {
          for (const child of await list(fs, candidate.path)) {
            if (component.matches(baseName(child.path))) next.push({ path: child.path, status: child });
          }
        } else {
          const path = joinPath(candidate.path, component.name);
          // A plain name in the middle is not looked up: looking up its children finds out whether it exists.
          const status = isLast ? await statusOf(fs, path) : undefined;
          if (!isLast) next.push({ path });
          else if (status) next.push({ path, status });
        }
      }
      candidates = next;
    }
    for (const { path, status } of candidates) {
      if (!accepts(path)) continue;
      const known = status ?? (await statusOf(fs, path));
      if (known) results.push(known);
    }
  }
  if (results.length === 0 && !sawWildcard && flat.length <= 1) return null;
  return results.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function statusOf(fs: FileSystem, path: string): Promise<FileStatus | undefined> {
  try {
    return await fs.getFileStatus(path);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return undefined;
    throw e;
  }
}

/** Returns the children of a directory; none for a file or a path that does not exist. */
async function list(fs: FileSystem, path: string): Promise<FileStatus[]> {
  try {
    const children: FileStatus[] = [];
    for await (const child of fs.listStatus(path)) children.push(child);
    return children.length === 1 && children[0]?.path === path ? [] : children;
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return [];
    throw e;
  }
}
