/** Checks invariants of the inodes and blocks that a command changed, in tests and in the simulator. */
import { invariant } from '../../runtime/bug.ts';
import { isBeingWritten } from '../blocks/locations/block-info.ts';
import type { BlockInfo } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import { type INode, type INodeFile, isUnderRoot } from '../namespace/inode.ts';
import type { NamesystemState } from './state.ts';

/**
 * Checks all inodes and blocks that the transaction names.
 * @throws InvariantError
 */
export function checkChanged(s: NamesystemState, tx: Transaction): void {
  const { namespace, blockManager, hardState } = s;
  for (const id of tx.inodes) {
    const inode = namespace.tree.byId.get(id);
    if (inode === undefined) continue;
    invariant(id <= hardState.counters.lastInodeId, 'inode ids are given out in order');
    checkPlace(inode);
    if (inode.kind === 'file') checkFile(s, inode);
  }
  for (const id of tx.blocks) {
    const block = blockManager.blocks.get(id);
    if (block !== undefined) checkBlock(s, block);
  }
}

function checkPlace(inode: INode): void {
  if (inode.parent === undefined) return;
  invariant(inode.parent.children.get(inode.name) === inode, 'an inode is under its name in its parent');
}

function checkFile(s: NamesystemState, file: INodeFile): void {
  for (const [i, block] of file.blocks.entries()) {
    invariant(block.file === file, 'a block knows its file');
    invariant(s.blockManager.blocks.get(block.id) === block, 'a block of a file is in the block map');
    invariant(i === file.blocks.length - 1 || !isBeingWritten(block), 'only the last block is under construction');
  }
  if (file.features?.underConstruction === undefined) {
    invariant(!file.blocks.some(isBeingWritten), 'a block is under construction only while its file is');
    invariant(s.namespace.leases.ofFile(file.id) === undefined, 'a closed file has no lease');
  } else if (isUnderRoot(file, s.namespace.tree.root)) {
    const holder = s.namespace.leases.ofFile(file.id)?.holder;
    invariant(holder === file.features?.underConstruction.clientName, 'the writer of an open file holds its lease');
  }
}

function checkBlock(s: NamesystemState, block: BlockInfo): void {
  const { counters } = s.hardState;
  invariant(block.id <= counters.lastBlockId, 'block ids are given out in order');
  invariant(block.genStamp <= counters.generationStamp, 'generation stamps are given out in order');
  invariant((block.expected === undefined) === (block.state === 'COMPLETE'), 'a complete block has no pipeline');
  for (const storage of block.replicas) {
    invariant(storage.blocks.has(block), 'a storage knows the blocks whose replicas it holds');
  }
  const { recovery } = block;
  if (recovery !== undefined) invariant(recovery.id > block.genStamp, 'a recovery gives a greater generation stamp');
}
