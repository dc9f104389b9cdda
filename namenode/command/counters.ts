/** Numbers that are assigned only once: ids of inodes and blocks, and generation stamps. */
export interface Counters {
  lastInodeId: number;
  lastBlockId: number;
  generationStamp: number;
}

/** Hadoop's first values: the root is inode 16385, and the first block is blk_1073741825_1001. */
export const FIRST_COUNTERS: Readonly<Counters> = {
  lastInodeId: 16385,
  lastBlockId: 1073741824,
  generationStamp: 1000,
};
