/** Reads the settings of the rules about files that are being written. */
import type { Configuration } from '../../conf/configuration.ts';

export interface WritingConfig {
  /** dfs.namenode.fs-limits.min-block-size, in bytes. */
  readonly blockSizeMinBytes: number;
  /** dfs.namenode.fs-limits.max-blocks-per-file. */
  readonly blocksPerFileMax: number;
}

export function writingConfigOf(conf: Configuration): WritingConfig {
  return {
    blockSizeMinBytes: conf.get('dfs.namenode.fs-limits.min-block-size'),
    blocksPerFileMax: conf.get('dfs.namenode.fs-limits.max-blocks-per-file'),
  };
}
