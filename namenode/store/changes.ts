/** Encodes the changes of a command. */
import type { BlockMap } from '../blocks/locations/block-map.ts';
import { blockKey, type Change, COUNTERS_KEY, inodeKey } from '../command/change.ts';
import type { Counters } from '../command/counters.ts';
import type { Transaction } from '../command/transaction.ts';
import type { INodeTree } from '../namespace/inode-tree.ts';
import { encodeBlock, encodeCounters, encodeINode } from './edits.ts';

/** The hard state after the command. */
export interface HardState {
  readonly tree: INodeTree;
  readonly blocks: BlockMap;
  readonly counters: Counters;
}

/** Returns the keys to write or delete, each once. */
export function changesOf(tx: Transaction, { tree, blocks, counters }: HardState): Change[] {
  const changes: Change[] = [...tx.others];
  for (const id of tx.inodes) {
    const inode = tree.byId.get(id);
    if (inode !== undefined) changes.push({ type: 'put', key: inodeKey(id), value: encodeINode(inode) });
  }
  for (const id of tx.blocks) {
    const block = blocks.get(id);
    if (block?.file === undefined) continue;
    const index = block.file.blocks.lastIndexOf(block);
    if (index >= 0) changes.push({ type: 'put', key: blockKey(block.file.id, index), value: encodeBlock(block) });
  }
  if (tx.haveCountersChanged) changes.push({ type: 'put', key: COUNTERS_KEY, value: encodeCounters(counters) });
  return changes;
}
