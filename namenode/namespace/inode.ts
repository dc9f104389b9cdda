/** The inodes of files and directories. */

import { completeLengthOf, lengthOf } from '../blocks/locations/block-info.ts';
import type { BlockInfo } from '../blocks/locations/model.ts';
import { Children } from './children.ts';
import type { INodeFeatures } from './features.ts';

/** The fields that files and directories share. Times are in ms since the epoch. */
interface INodeCommon {
  /** Ids are never used again. */
  readonly id: number;
  /** '' for the root. */
  name: string;
  /** Undefined for the root, and for an inode that left the tree. */
  parent: INodeDirectory | undefined;
  owner: string;
  group: string;
  /** rwx of owner, group and others, and the sticky bit 0o1000. */
  permission: number;
  modificationTimeMs: number;
  /** For a directory, 0 or the time that setTimes set. */
  accessTimeMs: number;
  features: INodeFeatures | undefined;
  /** Sequence number of the last command that changed anything of the inode other than its children. */
  changedAt: number;
}

export interface INodeDirectory extends INodeCommon {
  readonly kind: 'directory';
  readonly children: Children<INode>;
  /** Sequence number of the last command that added or removed a child. */
  childrenChangedAt: number;
}

export interface INodeFile extends INodeCommon {
  readonly kind: 'file';
  replication: number;
  readonly blockSizeBytes: number;
  /**
   * Only the last block may be under construction, and only while the file is open. namesystem/check-changed.ts checks
   * this.
   */
  blocks: BlockInfo[];
}

export type INode = INodeDirectory | INodeFile;

export type NewDirectory = Omit<
  INodeDirectory,
  'kind' | 'children' | 'parent' | 'features' | 'changedAt' | 'childrenChangedAt'
> & {
  readonly features?: INodeFeatures | undefined;
};
export type NewFile = Omit<INodeFile, 'kind' | 'blocks' | 'parent' | 'features' | 'changedAt'> & {
  readonly features?: INodeFeatures | undefined;
};

/** Both makers of inodes name every field in one order: V8 then gives all inodes of a kind one shape. */
export function newDirectory(of: NewDirectory): INodeDirectory {
  return {
    kind: 'directory',
    id: of.id,
    name: of.name,
    parent: undefined,
    owner: of.owner,
    group: of.group,
    permission: of.permission,
    modificationTimeMs: of.modificationTimeMs,
    accessTimeMs: of.accessTimeMs,
    features: of.features,
    changedAt: 0,
    children: new Children(),
    childrenChangedAt: 0,
  };
}

export function newFile(of: NewFile): INodeFile {
  return {
    kind: 'file',
    id: of.id,
    name: of.name,
    parent: undefined,
    owner: of.owner,
    group: of.group,
    permission: of.permission,
    modificationTimeMs: of.modificationTimeMs,
    accessTimeMs: of.accessTimeMs,
    features: of.features,
    changedAt: 0,
    replication: of.replication,
    blockSizeBytes: of.blockSizeBytes,
    blocks: [],
  };
}

/** Returns the path of an inode, such as `/a/b`. */
export function pathOf(inode: INode): string {
  if (inode.parent === undefined) return inode.name === '' ? '/' : inode.name;
  let path = '';
  for (let at: INode | undefined = inode; at?.parent !== undefined; at = at.parent) path = `/${at.name}${path}`;
  return path;
}

/**
 * Returns the length of the file in bytes. A block under construction counts with the length that its writer has
 * reported so far.
 */
export const fileLength = (file: INodeFile): number => lengthOf(file.blocks);

/** Returns the length of the file in bytes, without the last block if that block is not COMPLETE. */
export const completeLength = (file: INodeFile): number => completeLengthOf(file.blocks);

/** Returns true if the inode is in the tree. An inode below a deleted directory is not. */
export function isUnderRoot(inode: INode, root: INodeDirectory): boolean {
  let at: INode | undefined = inode;
  while (at.parent !== undefined) at = at.parent;
  return at === root;
}
