/**
 * The data of an inode beside the fields that all inodes have (Hadoop: INode.Feature). Most inodes have no features, so
 * that a feature costs only the inodes that have it.
 */

/** The writer of an open file (FileUnderConstructionFeature). */
export interface FileUnderConstruction {
  /** The lease holder. */
  readonly clientName: string;
  /** The writer's IP address, for placement. */
  readonly clientMachine: string;
}

/** One record for each kind of feature. store/edits.ts writes them with the inode. */
export interface INodeFeatures {
  /** Of an open file. */
  readonly underConstruction?: FileUnderConstruction | undefined;
}

/** Sets a feature of an inode, or removes it with undefined. An inode without features has no record of them. */
export function setFeature<K extends keyof INodeFeatures>(
  inode: { features: INodeFeatures | undefined },
  name: K,
  feature: INodeFeatures[K],
): void {
  const features = { ...inode.features, [name]: feature };
  inode.features = Object.values(features).some((one) => one !== undefined) ? features : undefined;
}
