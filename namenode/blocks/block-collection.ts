/** The part of a file that its blocks know (Hadoop's BlockCollection). It keeps blocks/ free of the tree. */
export interface BlockCollection {
  /** The file's inode id. */
  readonly id: number;
  readonly replication: number;
  /** ms since the epoch. */
  readonly modificationTimeMs: number;
  readonly accessTimeMs: number;
  /** The file's blocks in their order. */
  readonly blocks: readonly { readonly id: number }[];
  /** `underConstruction` is undefined when the file is closed. */
  readonly features: { readonly underConstruction?: object | undefined } | undefined;
  /** Sequence of the last command that changed the file. */
  changedAt: number;
}
