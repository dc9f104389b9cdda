/** The whole state of the NameNode: the states of its parts, and the numbers of the last command and the last event. */
import { BlockManagerState } from '../blocks/block-state.ts';
import type { Chooser } from '../command/chooser.ts';
import type { Counters } from '../command/counters.ts';
import { DatanodeManagerState } from '../datanodes/datanode-state.ts';
import { SlowNodes } from '../datanodes/slow-nodes.ts';
import type { INodeTree } from '../namespace/inode-tree.ts';
import { NamespaceState, openBlocks } from '../namespace/namespace-state.ts';
import type { HardState } from '../store/changes.ts';
import { WritingState } from '../writing/writing-state.ts';
import type { NamesystemConfig } from './namesystem-config.ts';

/**
 * The whole state. Hard state is the part that store/edits.ts writes. DataNodes report the rest again after a restart.
 */
export class NamesystemState {
  readonly blockManager: BlockManagerState;
  readonly datanodeManager: DatanodeManagerState;
  readonly namespace: NamespaceState;
  readonly writing: WritingState;
  readonly hardState: HardState;
  /** Number of the last command that changed hard state. */
  sequence = 0;
  /** Number of the last event in the store. */
  lastEvent = 0;

  /** @param startedMs time of the steady clock in ms */
  constructor(config: NamesystemConfig, random: Chooser, tree: INodeTree, counters: Counters, startedMs: number) {
    const slowNodes = config.datanodes.slowNodes && new SlowNodes(config.datanodes.slowNodes);
    this.blockManager = new BlockManagerState({ config: config.blocks, random, counters, startedMs, slow: slowNodes });
    this.namespace = new NamespaceState(config.namespace, this.blockManager, tree);
    this.datanodeManager = new DatanodeManagerState({
      config: config.datanodes,
      blockManager: this.blockManager,
      slowNodes,
      openBlocks: () => openBlocks(this.namespace),
    });
    this.hardState = { tree, blocks: this.blockManager.blocks, counters };
    this.writing = new WritingState(config.writing, this.namespace);
  }
}
