/**
 * Optional data of an inode, in addition to the fields of all inodes (Hadoop: INode.Feature).
 * Most inodes have no features, and an inode without features spends no memory on them.
 */

/** The writer of an open file (Hadoop: FileUnderConstructionFeature). */
export interface FileUnderConstruction {
  /** The client that holds the lease. */
  readonly clientName: string;
  /** IP address of the writer, used for the placement of replicas. */
  readonly clientMachine: string;
  /**
   * Generation stamp of the last block when an append opened the file, if the append continues this block. Under this
   * stamp the block can be committed only with more bytes.
   */
  readonly reopenedAt?: number | undefined;
}

/** The features of an inode, at most one of each kind. store/edits.ts writes them with the inode. */
export interface INodeFeatures {
  /** Set while the file is open for writing. */
  readonly underConstruction?: FileUnderConstruction | undefined;
}

/**
 * Sets a feature of an inode, or removes the feature if the value is undefined. An inode without features has no
 * features object.
 */
export function setFeature<K extends keyof INodeFeatures>(
  inode: { features: INodeFeatures | undefined },
  name: K,
  feature: INodeFeatures[K],
): void {
  const features = { ...inode.features, [name]: feature };
  inode.features = Object.values(features).some((one) => one !== undefined) ? features : undefined;
}
