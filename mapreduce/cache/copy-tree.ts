/** Copies a file, or a directory with all below it, from one file system to another or to this disk. */
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { baseName, joinPath } from '../../protocol/path.ts';

/** Copies into another file system. `to` must not exist yet, and its parent must. */
export async function copyTree(source: FileSystem, from: string, target: FileSystem, to: string): Promise<void> {
  if ((await source.getFileStatus(from)).type === 'DIRECTORY') {
    await target.mkdirs(to);
    for await (const child of source.listStatus(from)) {
      await copyTree(source, child.path, target, joinPath(to, baseName(child.path)));
    }
    return;
  }
  await using input = await source.open(from);
  const output = await target.create(to);
  try {
    for await (const chunk of input.stream()) await output.write(chunk);
  } catch (e) {
    await output.abort();
    throw e;
  }
  await output.close();
}

/** Copies to this disk. The names of children come from the file system's listing, and have no slashes. */
export async function copyToDisk(source: FileSystem, from: string, to: string): Promise<void> {
  if ((await source.getFileStatus(from)).type === 'DIRECTORY') {
    await fs.promises.mkdir(to);
    for await (const child of source.listStatus(from)) {
      await copyToDisk(source, child.path, path.join(to, baseName(child.path)));
    }
    return;
  }
  await using input = await source.open(from);
  await pipeline(input.stream(), fs.createWriteStream(to, { flags: 'wx' }));
}
