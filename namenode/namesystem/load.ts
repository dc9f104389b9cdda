import { restorePipeline } from '../blocks/block-recovery.ts';
import {
  BLOCK_PREFIX,
  type Change,
  COUNTERS_KEY,
  DELETED_PREFIX,
  fileOfBlockKey,
  INODE_PREFIX,
  idOfDeletedKey,
  inodeKey,
} from '../command/change.ts';
import type { Chooser } from '../command/chooser.ts';
import { type Counters, FIRST_COUNTERS } from '../command/counters.ts';
import { type INode, type INodeDirectory, isUnderRoot, newDirectory } from '../namespace/inode.ts';
import { INodeTree, ROOT_INODE_ID } from '../namespace/inode-tree.ts';
import { decodeBlock, decodeCounters, decodeINode, encodeCounters, encodeINode } from '../store/edits.ts';
import type { NamesystemConfig } from './namesystem-config.ts';
import { NamesystemState } from './state.ts';

/** The keys of an empty namespace: its root belongs to the user that formats it. */
export function formatChanges(owner: string, supergroup: string): Change[] {
  const root = newDirectory({
    id: ROOT_INODE_ID,
    name: '',
    owner,
    group: supergroup,
    permission: 0o755,
    modificationTimeMs: 0,
    accessTimeMs: 0,
  });
  return [
    { type: 'put', key: inodeKey(root.id), value: encodeINode(root) },
    { type: 'put', key: COUNTERS_KEY, value: encodeCounters(FIRST_COUNTERS) },
  ];
}

/**
 * Makes the state of the store's keys, which may come in parts and in any order of kinds, but each kind in the order
 * of its keys. Ends with finish().
 */
export class NamespaceLoader {
  readonly #names = new Map<string, string>();
  readonly #inodes = new Map<number, { inode: INode; parentId: number | undefined }>();
  readonly #blocks: { fileId: number; value: string }[] = [];
  readonly #deleted: number[] = [];
  #counters: Counters = { ...FIRST_COUNTERS };

  add(key: string, value: string): void {
    if (key.startsWith(INODE_PREFIX)) {
      const decoded = decodeINode(key, value, (name) => this.#intern(name));
      this.#inodes.set(decoded.inode.id, decoded);
    } else if (key.startsWith(BLOCK_PREFIX)) this.#blocks.push({ fileId: fileOfBlockKey(key), value });
    else if (key.startsWith(DELETED_PREFIX)) this.#deleted.push(idOfDeletedKey(key));
    else if (key === COUNTERS_KEY) this.#counters = decodeCounters(value);
  }

  /** @throws Error naming what does not fit together */
  finish(config: NamesystemConfig, random: Chooser, now: number): NamesystemState {
    const root = this.#inodes.get(ROOT_INODE_ID)?.inode;
    if (root?.kind !== 'directory') throw new Error('The namespace has no root');
    const state = new NamesystemState(config, random, new INodeTree(root), this.#counters, now);
    const { blockManager, namespace } = state;
    this.#link(namespace.tree);
    for (const { fileId, value } of this.#blocks) {
      const file = namespace.tree.file(fileId);
      if (file === undefined) throw new Error(`There is a block of the unknown inode ${fileId}`);
      const block = decodeBlock(value, file);
      file.blocks.push(block);
      blockManager.blocks.add(block);
      if (block.state === 'COMPLETE') blockManager.safeMode.blocksTotal++;
      else restorePipeline(blockManager, block);
    }
    for (const id of this.#deleted) {
      const inode = namespace.tree.byId.get(id);
      if (inode !== undefined) namespace.deleted.push(inode);
    }
    for (const inode of namespace.tree.byId.values()) {
      if (inode.kind !== 'file' || inode.underConstruction === undefined || !isUnderRoot(inode, root)) continue;
      namespace.leases.add(inode.underConstruction.clientName, inode.id, now);
    }
    return state;
  }

  #link(tree: INodeTree): void {
    const children = new Map<INodeDirectory, INode[]>();
    for (const { inode, parentId } of this.#inodes.values()) {
      if (inode.id !== ROOT_INODE_ID) tree.register(inode);
      if (parentId === undefined) continue;
      const parent = this.#inodes.get(parentId)?.inode;
      if (parent?.kind !== 'directory') {
        throw new Error(`Inode ${inode.id} (${inode.name}) has no parent ${parentId}`);
      }
      inode.parent = parent;
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [inode]);
      else siblings.push(inode);
    }
    for (const [parent, inodes] of children) parent.children.load(inodes);
  }

  /** Owners and groups are few: one string each. */
  #intern(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name);
    return name;
  }
}
