/** Files and directories. */

import { completeLengthOf, lengthOf } from '../blocks/block-info.ts';
import type { BlockInfo } from '../blocks/model.ts';
import { Children } from './children.ts';
import type { INodeFeatures } from './features.ts';

/** The fields of files and of directories. Times are ms since the epoch. */
interface INodeCommon {
  /** Never reused. */
  readonly id: number;
  /** '' for the root. */
  name: string;
  /** Undefined for the root and for an inode that was deleted. */
  parent: INodeDirectory | undefined;
  owner: string;
  group: string;
  /** rwx of owner, group, other and the sticky bit 0o1000. */
  permission: number;
  modificationTimeMs: number;
  /** Of a directory: 0, or what setTimes set. */
  accessTimeMs: number;
  features: INodeFeatures | undefined;
  /** Sequence of the last command that changed anything here but the children. */
  changedAt: number;
}

export interface INodeDirectory extends INodeCommon {
  readonly kind: 'directory';
  readonly children: Children<INode>;
  /** Sequence of the last command that added or removed a child. */
  childrenChangedAt: number;
}

export interface INodeFile extends INodeCommon {
  readonly kind: 'file';
  replication: number;
  readonly blockSizeBytes: number;
  /** Only the last may be under construction, and only while the file is (namesystem/check-changed.ts). */
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

/** `/a/b`, by following the parents. */
export function pathOf(inode: INode): string {
  if (inode.parent === undefined) return inode.name === '' ? '/' : inode.name;
  let path = '';
  for (let at: INode | undefined = inode; at?.parent !== undefined; at = at.parent) path = `/${at.name}${path}`;
  return path;
}

/** Returns the bytes of the file; of a block under construction, the bytes that its writer has told. */
export const fileLength = (file: INodeFile): number => lengthOf(file.blocks);

/** The same without the last block while that is not complete. */
export const completeLength = (file: INodeFile): number => completeLengthOf(file.blocks);

/** Whether the inode is in the tree: an inode whose ancestor was deleted is not. */
export function isUnderRoot(inode: INode, root: INodeDirectory): boolean {
  let at: INode | undefined = inode;
  while (at.parent !== undefined) at = at.parent;
  return at === root;
}
