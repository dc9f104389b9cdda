/** Makes the state of what the store has, and what the store of a new namespace has. */
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

/** Returns the keys of an empty namespace: its root belongs to the user that formats it. */
export function formatChanges(owner: string, supergroup: string): Change[] {
  return [
    { type: 'put', key: inodeKey(ROOT_INODE_ID), value: encodeINode(newRoot(owner, supergroup)) },
    { type: 'put', key: COUNTERS_KEY, value: encodeCounters(FIRST_COUNTERS) },
  ];
}

/** A namespace before anything of its store was taken in. */
export function emptyState(config: NamesystemConfig, random: Chooser, now: number): NamesystemState {
  return new NamesystemState(config, random, new INodeTree(newRoot('', '')), { ...FIRST_COUNTERS }, now);
}

/** Takes in the keys of a store, in any order, and ends with finish(). */
export class NamespaceLoader {
  readonly #state: NamesystemState;
  readonly #batch = new Batch();
  readonly #now: number;
  #hasRoot = false;

  constructor(config: NamesystemConfig, random: Chooser, now: number) {
    this.#state = emptyState(config, random, now);
    this.#now = now;
  }

  /** @throws Error naming the key whose value is damaged */
  add(key: string, value: string): void {
    if (key.startsWith(INODE_PREFIX) && !this.#hasRoot) this.#hasRoot = key === inodeKey(ROOT_INODE_ID);
    applyChange(this.#state, this.#batch, { type: 'put', key, value });
  }

  /** @throws Error naming what does not fit together */
  finish(): NamesystemState {
    if (!this.#hasRoot) throw new Error('The namespace has no root');
    endBatch(this.#state, this.#batch, this.#now);
    return this.#state;
  }
}
