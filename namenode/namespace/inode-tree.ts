/** The tree of inodes, and the lookup of paths in it. */
import { pathComponents, pathOfComponents } from '../../protocol/path.ts';
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { FIRST_COUNTERS } from '../command/counters.ts';
import { type INode, type INodeDirectory, type INodeFile, isUnderRoot, pathOf } from './inode.ts';
import { CURRENT_STATE_ID } from './snapshot-id.ts';

export const ROOT_INODE_ID = FIRST_COUNTERS.lastInodeId;

/** A path, and the inodes of its names from the root on, as far as they exist. */
export interface INodesInPath {
  /** The normalized path. */
  readonly path: string;
  /** The state of the tree in which the path was looked up: CURRENT_STATE_ID or the id of a snapshot. */
  readonly snapshotId: number;
  readonly components: readonly string[];
  /**
   * The first inode is the root. There are at most components.length + 1 inodes, fewer if the path does not exist. A
   * file may stand before the end of the path.
   */
  readonly inodes: readonly INode[];
}

/** Returns the inode of the whole path, or undefined if the path does not exist. */
export function lastINode(iip: INodesInPath): INode | undefined {
  return iip.inodes.length === iip.components.length + 1 ? iip.inodes[iip.inodes.length - 1] : undefined;
}

/** Returns the last name of the path, or '' for the root. */
export const lastName = (iip: INodesInPath): string => iip.components.at(-1) ?? '';

/**
 * Returns the parent of the path, a directory or a file, or undefined if the parent does not exist or the path is the
 * root.
 */
export function parentINode(iip: INodesInPath): INode | undefined {
  return iip.components.length === 0 ? undefined : iip.inodes[iip.components.length - 1];
}

/** Returns the deepest inode of the path that exists. */
export function deepestINode(iip: INodesInPath): INode {
  const inode = iip.inodes.at(-1);
  invariant(inode !== undefined, 'a path starts at the root');
  return inode;
}

/** Returns the path that consists of the first `count` names. */
export const prefixPath = (iip: INodesInPath, count: number): string =>
  pathOfComponents(iip.components.slice(0, count));

/** Is told of the changes after which an access that was allowed may be refused. */
export interface TreeWatcher {
  childAdded(parent: INodeDirectory, child: INode): void;
  /** The owner, group or permission of an inode has changed. */
  attributesChanged(inode: INode): void;
}

/** The inodes of the namespace by path and by id. The tree does not depend on permissions, blocks or disks. */
export class INodeTree {
  readonly root: INodeDirectory;
  /** All inodes, including those that left the tree and are still to be removed. */
  readonly byId = new Map<number, INode>();
  watcher: TreeWatcher | undefined;
  fileCount = 0;
  directoryCount = 0;

  constructor(root: INodeDirectory) {
    this.root = root;
    this.register(root);
  }

  /**
   * Looks up a path. `/.reserved/.inodes/ID/…` starts at the inode with that id, `/.reserved/raw/…` at the root.
   * @throws FileNotFoundException if no inode in the tree has the id
   */
  resolve(path: string, snapshotId = CURRENT_STATE_ID): INodesInPath {
    let components = pathComponents(path);
    if (components[0] === '.reserved' && components.length > 1) components = this.#resolveReserved(path, components);
    const inodes: INode[] = [this.root];
    let at: INode = this.root;
    for (const name of components) {
      const child: INode | undefined = at.kind === 'directory' ? at.children.get(name) : undefined;
      if (child === undefined) break;
      inodes.push(child);
      at = child;
    }
    return { path: pathOfComponents(components), snapshotId, components, inodes };
  }

  /**
   * Looks up a file that its writer names by id, under the path to which the file may have been renamed. Looks up
   * `path` if the id is 0 (GRANDFATHER_INODE_ID). The result has no last inode if the id is no longer in the tree.
   */
  resolveById(path: string, id: number): INodesInPath {
    if (id === 0) return this.resolve(path);
    const inode = this.byId.get(id);
    if (inode === undefined || !isUnderRoot(inode, this.root)) {
      const components = pathComponents(path);
      return { path: pathOfComponents(components), snapshotId: CURRENT_STATE_ID, components, inodes: [this.root] };
    }
    return this.resolve(pathOf(inode));
  }

  file(id: number): INodeFile | undefined {
    const inode = this.byId.get(id);
    return inode?.kind === 'file' ? inode : undefined;
  }

  addChild(parent: INodeDirectory, inode: INode): void {
    parent.children.add(inode);
    inode.parent = parent;
    this.watcher?.childAdded(parent, inode);
  }

  /** Takes an inode out of its parent. The inode keeps its id until unregister(). */
  detach(inode: INode): void {
    invariant(inode.parent?.children.remove(inode.name) === inode, 'an inode is under its name in its parent');
    inode.parent = undefined;
  }

  register(inode: INode): void {
    this.byId.set(inode.id, inode);
    if (inode.kind === 'file') this.fileCount++;
    else this.directoryCount++;
  }

  unregister(inode: INode): void {
    if (!this.byId.delete(inode.id)) return;
    if (inode.kind === 'file') this.fileCount--;
    else this.directoryCount--;
  }

  #resolveReserved(path: string, components: string[]): string[] {
    if (components[1] === 'raw') return components.slice(2);
    if (components[1] !== '.inodes' || components.length < 3) return components;
    const id = Number(components[2]);
    if (!Number.isSafeInteger(id)) throw hadoopError('FileNotFoundException', `Invalid inode path: ${path}`);
    const inode = this.byId.get(id);
    if (inode === undefined || !isUnderRoot(inode, this.root)) {
      throw hadoopError('FileNotFoundException', `File for given inode path does not exist: ${path}`);
    }
    const base = pathComponents(pathOf(inode));
    for (const name of components.slice(3)) {
      if (name === '..') base.pop();
      else base.push(name);
    }
    return base;
  }
}
