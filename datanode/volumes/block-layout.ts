/** Names and places of block files on a volume, and names of blocks in messages. Pure. */
import path from 'node:path';

/** The DataNode layout version that Hadoop 3 writes: blocks in 32 by 32 directories. */
export const DATANODE_LAYOUT_VERSION = -57;

/** The part of a block pool's directory that holds a replica's files. */
export type ReplicaDirectory = 'finalized' | 'rbw' | 'tmp';

/**
 * Returns the directory of a finalized block, relative to `finalized/`: two levels of 32 directories, from bits 16-20 and
 * 8-12 of the id (Hadoop: DatanodeUtil.idToBlockDir).
 */
export function idToBlockDir(blockId: number): string {
  const low32 = blockId % 2 ** 32;
  return path.join(`subdir${(low32 >>> 16) & 0x1f}`, `subdir${(low32 >>> 8) & 0x1f}`);
}

export function blockFileName(blockId: number): string {
  return `blk_${blockId}`;
}

export function metaFileName(blockId: number, generationStamp: number): string {
  return `blk_${blockId}_${generationStamp}.meta`;
}

/** Returns the directory of a replica, relative to the block pool's directory (`current/BP-…`). */
export function replicaDirectory(directory: ReplicaDirectory, blockId: number): string {
  switch (directory) {
    case 'finalized':
      return path.join('current', 'finalized', idToBlockDir(blockId));
    case 'rbw':
      return path.join('current', 'rbw');
    case 'tmp':
      return 'tmp';
  }
}

/** Reads the name of a block file or meta file; undefined for any other name. */
export function parseBlockFileName(
  name: string,
): { kind: 'block'; blockId: number } | { kind: 'meta'; blockId: number; generationStamp: number } | undefined {
  const match = /^blk_(-?\d+)(?:_(\d+)\.meta)?$/.exec(name);
  if (!match) return undefined;
  const blockId = Number(match[1]);
  return match[2] === undefined
    ? { kind: 'block', blockId }
    : { kind: 'meta', blockId, generationStamp: Number(match[2]) };
}

/** Returns a block as Hadoop prints it: `BP-1:blk_2_3`, pool, id and generation stamp. */
export function formatBlock(block: { poolId: string; blockId: number; generationStamp: number }): string {
  return `${block.poolId}:blk_${block.blockId}_${block.generationStamp}`;
}
