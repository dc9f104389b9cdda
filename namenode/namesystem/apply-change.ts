/**
 * Applies changes that were read from a store to the state, when the NameNode starts or one batch after another.
 * Keys of a store are ordered by their kind, so a child may come before its parent, and a block before its file. Such
 * changes wait in a Batch until endBatch().
 */
import { invariant } from '../../runtime/bug.ts';
import { restorePipeline } from '../blocks/block-recovery.ts';
import type { BlockInfo, BlockState } from '../blocks/locations/model.ts';
import {
  BLOCK_PREFIX,
  type Change,
  COUNTERS_KEY,
  DELETED_PREFIX,
  EVENT_PREFIX,
  fileOfBlockKey,
  INODE_PREFIX,
  idOfDeletedKey,
  idOfINodeKey,
  indexOfBlockKey,
  numberOfEventKey,
} from '../command/change.ts';
import { type INode, type INodeDirectory, type INodeFile, isUnderRoot } from '../namespace/inode.ts';
import { decodeBlock, decodeCounters, decodeINode } from '../store/edits.ts';
import type { NamesystemState } from './state.ts';

/** `value` is undefined for a block that was deleted. */
interface BlockChange {
  readonly fileId: number;
  readonly index: number;
  readonly value: string | undefined;
}

/** The changes of a batch that can be applied only at its end. */
export class Batch {
  readonly #names = new Map<string, string>();
  /** Inodes that are new in their parents, with the ids of the parents. */
  readonly placed: { readonly inode: INode; readonly parentId: number }[] = [];
  /** Files whose blocks and lease depend on whether the file is open. */
  readonly files = new Set<INodeFile>();
  readonly blocks: BlockChange[] = [];
  readonly deleted: number[] = [];

  /** Keeps one string for each name of an owner or group, because there are few different names. */
  readonly intern = (name: string): string => {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name);
    return name;
  };

  clear(): void {
    this.placed.length = 0;
    this.files.clear();
    this.blocks.length = 0;
    this.deleted.length = 0;
  }
}

/**
 * Applies one change, or adds it to the batch.
 * @throws Error that names the key whose value is damaged
 */
export function applyChange(s: NamesystemState, batch: Batch, change: Change): void {
  const { key } = change;
  const value = change.type === 'put' ? change.value : undefined;
  if (key.startsWith(INODE_PREFIX)) {
    if (value === undefined) removeINode(s, idOfINodeKey(key));
    else putINode(s, batch, key, value);
  } else if (key.startsWith(BLOCK_PREFIX)) {
    batch.blocks.push({ fileId: fileOfBlockKey(key), index: indexOfBlockKey(key), value });
  } else if (key.startsWith(DELETED_PREFIX)) {
    const id = idOfDeletedKey(key);
    if (value === undefined) forgetDeleted(s, id);
    else batch.deleted.push(id);
  } else if (key.startsWith(EVENT_PREFIX)) {
    s.lastEvent = Math.max(s.lastEvent, numberOfEventKey(key));
  } else if (key === COUNTERS_KEY && value !== undefined) {
    Object.assign(s.hardState.counters, decodeCounters(value));
  }
}

/**
 * Applies the changes that waited for the end of the batch.
 * @throws Error that names the contradiction
 */
export function endBatch(s: NamesystemState, batch: Batch, now: number): void {
  const { tree, deleted } = s.namespace;
  place(s, batch);
  /** Blocks that came before one that precedes them in their file: the journal's keys follow those of `level`. */
  let early: BlockChange[] = [];
  for (const change of batch.blocks) {
    const { fileId, index, value } = change;
    const file = tree.file(fileId);
    if (value === undefined) {
      early = early.filter((other) => other.fileId !== fileId || other.index < index);
      removeBlocksFrom(s, file, index);
    } else if (file === undefined) throw new Error(`There is a block of the unknown inode ${fileId}`);
    else if (index > file.blocks.length) early.push(change);
    else putBlock(s, file, index, value);
  }
  early.sort((a, b) => a.index - b.index);
  for (const { fileId, index, value } of early) {
    const file = tree.file(fileId);
    if (file !== undefined && value !== undefined) putBlock(s, file, index, value);
  }
  for (const id of batch.deleted) {
    const inode = tree.byId.get(id);
    if (inode !== undefined && !deleted.includes(inode)) deleted.push(inode);
  }
  for (const file of batch.files) settleFile(s, file, now);
  batch.clear();
}

function putINode(s: NamesystemState, batch: Batch, key: string, value: string): void {
  const { tree } = s.namespace;
  const { inode, parentId } = decodeINode(key, value, batch.intern);
  const known = tree.byId.get(inode.id);
  if (known === undefined) tree.register(inode);
  const target = known === undefined ? inode : overwrite(s, known, inode, parentId);
  // The blocks of a new closed file are decoded as COMPLETE.
  if (target.kind === 'file' && (known !== undefined || target.features !== undefined)) batch.files.add(target);
  if (parentId !== undefined && target.parent === undefined) batch.placed.push({ inode: target, parentId });
}

/** Copies the attributes of an inode. An inode that moved or left the tree is taken out of its old place. */
function overwrite(s: NamesystemState, known: INode, inode: INode, parentId: number | undefined): INode {
  const hasMoved = known.parent !== undefined && (known.parent.id !== parentId || known.name !== inode.name);
  if (hasMoved) s.namespace.tree.detach(known);
  known.name = inode.name;
  known.owner = inode.owner;
  known.group = inode.group;
  known.permission = inode.permission;
  known.modificationTimeMs = inode.modificationTimeMs;
  known.accessTimeMs = inode.accessTimeMs;
  known.features = inode.features;
  invariant(known.kind === inode.kind, 'a file stays a file, and a directory a directory');
  if (known.kind === 'file' && inode.kind === 'file') known.replication = inode.replication;
  return known;
}

function removeINode(s: NamesystemState, id: number): void {
  const { tree, leases } = s.namespace;
  const inode = tree.byId.get(id);
  if (inode === undefined) return;
  if (inode.parent !== undefined) tree.detach(inode);
  tree.unregister(inode);
  leases.remove(id);
  if (inode.kind === 'file') removeBlocksFrom(s, inode, 0);
}

function forgetDeleted(s: NamesystemState, id: number): void {
  const { deleted } = s.namespace;
  const at = deleted.findIndex((inode) => inode.id === id);
  if (at >= 0) deleted.splice(at, 1);
}

/**
 * Puts inodes into their parents. An empty directory is filled at once, as all directories are when the NameNode
 * starts.
 */
function place(s: NamesystemState, { placed }: Batch): void {
  const { tree } = s.namespace;
  const children = new Map<INodeDirectory, INode[]>();
  for (const { inode, parentId } of placed) {
    const parent = tree.byId.get(parentId);
    if (parent?.kind !== 'directory') throw new Error(`Inode ${inode.id} (${inode.name}) has no parent ${parentId}`);
    inode.parent = parent;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [inode]);
    else siblings.push(inode);
  }
  for (const [parent, inodes] of children) {
    if (parent.children.size === 0) parent.children.load(inodes);
    else for (const inode of inodes) parent.children.add(inode);
  }
}

function putBlock(s: NamesystemState, file: INodeFile, index: number, value: string): void {
  const { blocks } = s.blockManager;
  const block = decodeBlock(value, file);
  const known = file.blocks[index];
  if (known?.id === block.id) {
    known.genStamp = block.genStamp;
    known.numBytes = block.numBytes;
    known.pipeline = block.pipeline;
    known.truncateTo = block.truncateTo;
    known.expected = block.state === 'COMPLETE' ? undefined : (known.expected ?? []);
    becomeState(s, known, block.state);
    return;
  }
  if (index > file.blocks.length) throw new Error(`Inode ${file.id} has a block ${index} and none before it`);
  removeBlocksFrom(s, file, index);
  file.blocks.push(block);
  blocks.add(block);
  if (block.state === 'COMPLETE') s.blockManager.safeMode.blocksTotal++;
  else restorePipeline(s.blockManager, block);
}

/** Removes the blocks of a file from `index` on, because blocks are deleted only from the end of a file. */
function removeBlocksFrom(s: NamesystemState, file: INodeFile | undefined, index: number): void {
  if (file === undefined || index >= file.blocks.length) return;
  for (const block of file.blocks.splice(index)) {
    if (block.state === 'COMPLETE') s.blockManager.safeMode.blocksTotal--;
    s.blockManager.blocks.remove(block);
  }
}

/** Makes the blocks of a closed file COMPLETE, and gives an open file in the tree its lease. */
function settleFile(s: NamesystemState, file: INodeFile, now: number): void {
  const { leases, tree } = s.namespace;
  const writer = file.features?.underConstruction;
  if (writer === undefined) {
    for (const block of file.blocks) if (block.state === 'COMMITTED') becomeState(s, block, 'COMPLETE');
    leases.remove(file.id);
  } else if (isUnderRoot(file, tree.root)) leases.add(writer.clientName, file.id, now);
}

function becomeState(s: NamesystemState, block: BlockInfo, state: BlockState): void {
  const { safeMode } = s.blockManager;
  if (block.state === 'COMPLETE') safeMode.blocksTotal--;
  if (state === 'COMPLETE') {
    safeMode.blocksTotal++;
    block.expected = undefined;
    block.pipeline = undefined;
  }
  block.state = state;
}
