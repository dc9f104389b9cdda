/** Makes the state from the content of the store, and the content for the store of a new namespace. */
import { type Change, COUNTERS_KEY, INODE_PREFIX, inodeKey } from '../command/change.ts';
import type { Chooser } from '../command/chooser.ts';
import { FIRST_COUNTERS } from '../command/counters.ts';
import { type INodeDirectory, newDirectory } from '../namespace/inode.ts';
import { INodeTree, ROOT_INODE_ID } from '../namespace/inode-tree.ts';
import { encodeCounters, encodeINode } from '../store/edits.ts';
import { applyChange, Batch, endBatch } from './apply-change.ts';
import type { NamesystemConfig } from './namesystem-config.ts';
import { NamesystemState } from './state.ts';

const newRoot = (owner: string, group: string): INodeDirectory =>
  newDirectory({
    id: ROOT_INODE_ID,
    name: '',
    owner,
    group,
    permission: 0o755,
    modificationTimeMs: 0,
    accessTimeMs: 0,
  });

/** Returns the keys of an empty namespace. Its root belongs to the user that formats the namespace. */
export function formatChanges(owner: string, supergroup: string): Change[] {
  return [
    { type: 'put', key: inodeKey(ROOT_INODE_ID), value: encodeINode(newRoot(owner, supergroup)) },
    { type: 'put', key: COUNTERS_KEY, value: encodeCounters(FIRST_COUNTERS) },
  ];
}

/** Returns the state of a namespace before any key of its store is applied. */
export function emptyState(config: NamesystemConfig, random: Chooser, now: number): NamesystemState {
  return new NamesystemState(config, random, new INodeTree(newRoot('', '')), { ...FIRST_COUNTERS }, now);
}

/** Makes the state from the keys of a store. add() takes the keys in any order, and finish() returns the state. */
export class NamespaceLoader {
  readonly #state: NamesystemState;
  readonly #batch = new Batch();
  readonly #now: number;
  #hasRoot = false;

  constructor(config: NamesystemConfig, random: Chooser, now: number) {
    this.#state = emptyState(config, random, now);
    this.#now = now;
  }

  /**
   * Applies one key.
   * @throws Error that names the key whose value is damaged
   */
  add(key: string, value: string): void {
    if (key.startsWith(INODE_PREFIX) && !this.#hasRoot) this.#hasRoot = key === inodeKey(ROOT_INODE_ID);
    applyChange(this.#state, this.#batch, { type: 'put', key, value });
  }

  /**
   * Returns the state after all keys were added.
   * @throws Error that names the contradiction
   */
  finish(): NamesystemState {
    if (!this.#hasRoot) throw new Error('The namespace has no root');
    endBatch(this.#state, this.#batch, this.#now);
    return this.#state;
  }
}
