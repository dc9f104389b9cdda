/** Walks through a tree, with several listings under way. */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import { awaitedLater } from '../../runtime/promises.ts';

/**
 * Gives a path and all paths below it, each directory before its children. A directory that goes meanwhile has no children.
 * @param atOnce most listings that are under way
 */
export async function* walk(fs: FileSystem, root: FileStatus, atOnce: number): AsyncGenerator<FileStatus> {
  yield root;
  const waiting = root.type === 'DIRECTORY' ? [root.path] : [];
  const running: Promise<FileStatus[]>[] = [];
  for (;;) {
    while (running.length < atOnce) {
      // The directory that was found last goes first: so fewer wait.
      const next = waiting.pop();
      if (next === undefined) break;
      running.push(awaitedLater(children(fs, next)));
    }
    const found = running.shift();
    if (!found) return;
    for (const status of await found) {
      yield status;
      if (status.type === 'DIRECTORY') waiting.push(status.path);
    }
  }
}

async function children(fs: FileSystem, directory: string): Promise<FileStatus[]> {
  const found: FileStatus[] = [];
  try {
    for await (const status of fs.listStatus(directory)) found.push(status);
  } catch (e) {
    if (!isHadoopError(e, 'FileNotFoundException')) throw e;
  }
  return found;
}
