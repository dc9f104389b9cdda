// Tells whether a DataNode's disk may be damaged: whether each of its replicas has a good copy on another DataNode's disk.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { isHadoopError, isNoSuchFile } from '../../runtime/errors.ts';
import type { Ledger } from './ledger.ts';
import { locatedBlocks } from './load.ts';

interface FoundReplica {
  readonly blockId: number;
  readonly generationStamp: number;
  readonly bytes: number;
  readonly isFinalized: boolean;
}

/** Each DataNode's name with the directories of its volumes. */
export type DataDirectories = ReadonlyMap<string, readonly string[]>;

/**
 * Returns whether no acknowledged byte would be lost with a DataNode's disk. The DataNode does not run now.
 * @param corrupted `blk_1 datanode2` of each replica that another fault has damaged
 */
export async function isSafeToDamage(
  datanode: string,
  directories: DataDirectories,
  corrupted: ReadonlySet<string>,
  hdfs: DistributedFileSystem,
  ledger: Ledger,
): Promise<boolean> {
  const good = new Map<string, number>();
  for (const [name, dirs] of directories) {
    if (name === datanode) continue;
    for (const { blockId, generationStamp, bytes } of await replicasIn(dirs)) {
      if (corrupted.has(`blk_${blockId} ${name}`)) continue;
      const key = `${blockId}_${generationStamp}`;
      good.set(key, Math.max(good.get(key) ?? 0, bytes));
    }
  }
  const alone = new Set<number>();
  for (const replica of await replicasIn(directories.get(datanode) ?? [])) {
    const elsewhere = good.get(`${replica.blockId}_${replica.generationStamp}`);
    // A replica that is being written may be ahead of its copies: the bytes between were not acknowledged.
    const isEnough = elsewhere !== undefined && (!replica.isFinalized || elsewhere >= replica.bytes);
    if (!isEnough) alone.add(replica.blockId);
  }
  return alone.size === 0 || !(await isAnyUsed(alone, hdfs, ledger));
}

/** Returns whether one of the blocks belongs to a file: replicas of deleted files stay on disks for a while. */
async function isAnyUsed(blocks: ReadonlySet<number>, hdfs: DistributedFileSystem, ledger: Ledger): Promise<boolean> {
  for (const file of ledger.files.filter((f) => f.state !== 'deleted')) {
    // A rename or delete under way may move the file between two looks.
    if (file.moving) return true;
    for (const path of file.paths) if ((await blocksAt(hdfs, path)).some((id) => blocks.has(id))) return true;
  }
  return false;
}

/** Returns the ids of a file's blocks; none if there is no such file. */
async function blocksAt(hdfs: DistributedFileSystem, file: string): Promise<number[]> {
  try {
    return (await locatedBlocks(hdfs, file)).map(({ b }) => b.blockId);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return [];
    throw e;
  }
}

async function replicasIn(directories: readonly string[]): Promise<FoundReplica[]> {
  const replicas: FoundReplica[] = [];
  for (const directory of directories) {
    const names = await namesIn(directory);
    const stamps = new Map<string, number>();
    for (const name of names) {
      const [, block, stamp] = /^(.*\/blk_\d+)_(\d+)\.meta$/.exec(name) ?? [];
      if (block !== undefined) stamps.set(block, Number(stamp));
    }
    for (const [block, generationStamp] of stamps) {
      const [, kind, blockId] = /\/(finalized|rbw)\/(?:.*\/)?blk_(\d+)$/.exec(block) ?? [];
      if (kind === undefined) continue;
      const bytes = await lengthOf(path.join(directory, block));
      if (bytes !== undefined) {
        replicas.push({ blockId: Number(blockId), generationStamp, bytes, isFinalized: kind === 'finalized' });
      }
    }
  }
  return replicas;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await fs.readdir(directory, { recursive: true });
  } catch (e) {
    // A directory that goes away while it is read: its replicas are not counted.
    if (isNoSuchFile(e)) return [];
    throw e;
  }
}

async function lengthOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch (e) {
    if (isNoSuchFile(e)) return undefined;
    throw e;
  }
}
