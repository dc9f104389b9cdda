/** One command's changes of the hard state and its side effects, collected while the command runs. */
import { blockKey, type Change, deletedKey, inodeKey } from './change.ts';

/** Side effects that the driver carries out after a command. */
export type Effect =
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  /** Background work is waiting: the driver applies `{ op: 'work' }` soon, after other commands had a turn. */
  | { readonly kind: 'moreWork' };

/**
 * What a command did to the namespace, for those who watch it (Hadoop's inotify events; its names of them).
 */
export type NamespaceEvent =
  | { readonly type: 'CREATE'; readonly path: string; readonly isDirectory: boolean }
  | { readonly type: 'RENAME'; readonly path: string; readonly destination: string }
  | { readonly type: 'UNLINK'; readonly path: string };

/** The part of an inode that a transaction needs. */
interface ChangedINode {
  readonly id: number;
  changedAt: number;
}

interface ChangedDirectory {
  readonly id: number;
  modificationTimeMs: number;
  childrenChangedAt: number;
}

interface ChangedBlock {
  readonly id: number;
  readonly file: { changedAt: number } | undefined;
}

const NO_EVENTS: readonly NamespaceEvent[] = [];

/** Inodes and blocks are noted by their ids; store/changes.ts encodes them when the command is over. */
export class Transaction {
  /** Time of the steady clock, in ms: leases and heartbeats are measured by it. */
  readonly now: number;
  /** Time of the wall clock, in ms: files are dated by it. An administrator can set it back. */
  readonly wallMs: number;
  readonly effects: Effect[] = [];
  readonly keepsEvents: boolean;
  readonly #sequence: number;
  readonly #inodes = new Set<number>();
  readonly #blocks = new Set<number>();
  readonly #others: Change[] = [];
  #events: NamespaceEvent[] | undefined;
  #countersChanged = false;

  /** @param keepsEvents whether event() is to be called: without watchers an event is not even made */
  constructor(now: number, sequence: number, wallMs = now, keepsEvents = false) {
    this.keepsEvents = keepsEvents;
    this.now = now;
    this.wallMs = wallMs;
    this.#sequence = sequence;
  }

  get isEmpty(): boolean {
    return this.#inodes.size === 0 && this.#blocks.size === 0 && this.#others.length === 0 && !this.#countersChanged;
  }

  /** Ids of the inodes whose records are to be written. */
  get inodes(): ReadonlySet<number> {
    return this.#inodes;
  }

  /** Ids of the blocks whose records are to be written. */
  get blocks(): ReadonlySet<number> {
    return this.#blocks;
  }

  /** Changes that are complete already: they come before the records of `inodes` and `blocks`. */
  get others(): readonly Change[] {
    return this.#others;
  }

  get haveCountersChanged(): boolean {
    return this.#countersChanged;
  }

  /** The inode is new, was moved, or its attributes changed. */
  touch(inode: ChangedINode): void {
    inode.changedAt = this.#sequence;
    this.#inodes.add(inode.id);
  }

  /** A child came or went: sets the directory's modification time. */
  touchChildren(directory: ChangedDirectory): void {
    directory.modificationTimeMs = this.wallMs;
    directory.childrenChangedAt = this.#sequence;
    this.#inodes.add(directory.id);
  }

  touchBlock(block: ChangedBlock): void {
    if (block.file !== undefined) block.file.changedAt = this.#sequence;
    this.#blocks.add(block.id);
  }

  countersChanged(): void {
    this.#countersChanged = true;
  }

  /** The records of the inode and, for a file, of its blocks are deleted. */
  removeINode(inode: { readonly id: number; readonly blocks?: readonly ChangedBlock[] }): void {
    this.#inodes.delete(inode.id);
    this.#others.push({ type: 'del', key: inodeKey(inode.id) });
    if (inode.blocks === undefined) return;
    for (let i = 0; i < inode.blocks.length; i++) this.removeBlock(inode.id, i, inode.blocks[i]);
  }

  removeBlock(fileId: number, index: number, block: ChangedBlock | undefined): void {
    if (block !== undefined) this.#blocks.delete(block.id);
    this.#others.push({ type: 'del', key: blockKey(fileId, index) });
  }

  /** The inode left the tree, and its subtree is still to be removed. */
  markDeleted(inode: { readonly id: number }): void {
    this.#others.push({ type: 'put', key: deletedKey(inode.id), value: '' });
  }

  unmarkDeleted(inode: { readonly id: number }): void {
    this.#others.push({ type: 'del', key: deletedKey(inode.id) });
  }

  /** Adds an event: it goes to disk in the batch of the changes that it tells of. Call it only if `keepsEvents`. */
  event(event: NamespaceEvent): void {
    this.#events ??= [];
    this.#events.push(event);
  }

  get events(): readonly NamespaceEvent[] {
    return this.#events ?? NO_EVENTS;
  }

  log(level: 'debug' | 'info' | 'warn', message: string): void {
    this.effects.push({ kind: 'log', level, message });
  }

  moreWork(): void {
    if (!this.effects.some((e) => e.kind === 'moreWork')) this.effects.push({ kind: 'moreWork' });
  }
}
