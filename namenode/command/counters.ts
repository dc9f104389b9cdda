/** Numbers that are assigned only once: ids of inodes and blocks, and generation stamps. */
import type { NumberRange } from './number-ranges.ts';

export interface Counters {
  lastInodeId: number;
  lastBlockId: number;
  generationStamp: number;
  /**
   * Block ids that DataNodes reported before this namespace had assigned them, so that it never will: those of a lost
   * future (blocks/future-blocks.ts), until an administrator gives that future up.
   */
  lostBlockIds: readonly NumberRange[];
  /** Generation stamps of a lost future, like `lostBlockIds`. */
  lostGenStamps: readonly NumberRange[];
}

/** Hadoop's first values: the root is inode 16385, and the first block is blk_1073741825_1001. */
export const FIRST_COUNTERS: Readonly<Counters> = {
  lastInodeId: 16385,
  lastBlockId: 1073741824,
  generationStamp: 1000,
  lostBlockIds: [],
  lostGenStamps: [],
};
