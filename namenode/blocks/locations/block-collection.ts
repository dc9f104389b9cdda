/** The part of a file that blocks refer to (Hadoop: BlockCollection), so that blocks/ does not need the tree. */
export interface BlockCollection {
  /** The file's inode id. */
  readonly id: number;
  readonly replication: number;
  /** In milliseconds since the epoch, as is accessTimeMs. */
  readonly modificationTimeMs: number;
  readonly accessTimeMs: number;
  /** The blocks of the file, in order. */
  readonly blocks: readonly { readonly id: number }[];
  /** `underConstruction` is undefined if the file is closed. */
  readonly features: { readonly underConstruction?: object | undefined } | undefined;
  /** Sequence number of the last command that changed the file. */
  changedAt: number;
}
