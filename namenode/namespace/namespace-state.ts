/** The state of the tree and its leases (Hadoop: FSDirectory and LeaseManager). */
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { BlockInfo } from '../blocks/locations/model.ts';
import type { INode } from './inode.ts';
import type { INodeTree } from './inode-tree.ts';
import { LeaseManager } from './lease-manager.ts';
import type { NamespaceConfig } from './namespace-config.ts';
import { SubtreeChecks } from './subtree-check.ts';

export class NamespaceState {
  readonly config: NamespaceConfig;
  readonly blockManager: BlockManagerState;
  readonly tree: INodeTree;
  readonly leases: LeaseManager;
  readonly subtreeChecks = new SubtreeChecks();
  /**
   * Inodes that left the tree and whose subtrees are still to be removed. The command `work` removes them in slices.
   */
  readonly deleted: INode[] = [];

  constructor(config: NamespaceConfig, blockManager: BlockManagerState, tree: INodeTree) {
    this.config = config;
    this.blockManager = blockManager;
    this.tree = tree;
    tree.watcher = this.subtreeChecks;
    this.leases = new LeaseManager(config.leaseHardLimitMs);
  }
}

/** Returns the last block of every open file that has one. */
export function* openBlocks(s: NamespaceState): Generator<BlockInfo> {
  for (const id of s.leases.openFileIds()) {
    const last = s.tree.file(id)?.blocks.at(-1);
    if (last !== undefined) yield last;
  }
}
