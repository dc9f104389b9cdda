/** Collects the changes of hard state and the side effects of one command while the command runs. */
import { blockKey, type Change, deletedKey, inodeKey } from './change.ts';

/** Side effects that the driver carries out after a command. */
export type Effect =
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  /** Background work is waiting: the driver applies `{ op: 'work' }` soon, after other commands had a turn. */
  | { readonly kind: 'moreWork' }
  /** Once the command is on disk, the name directory may be marked as the one on which the NameNode runs. */
  | { readonly kind: 'placeIsKnown' };

/** A change of the namespace, for programs that watch the namespace. The names are those of Hadoop's inotify events. */
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

/**
 * The changes and side effects of one command. Inodes and blocks are noted by id; store/changes.ts encodes them after
 * the command.
 */
export class Transaction {
  /** Time of the steady clock in ms, for leases and heartbeats. */
  readonly now: number;
  /** Time of the wall clock in ms, for the times of files. An administrator can set the clock back. */
  readonly wallMs: number;
  readonly effects: Effect[] = [];
  readonly keepsEvents: boolean;
  readonly #sequence: number;
  readonly #inodes = new Set<number>();
  readonly #blocks = new Set<number>();
  readonly #others: Change[] = [];
  #events: NamespaceEvent[] | undefined;
  #countersChanged = false;

  /** @param keepsEvents whether event() is to be called; without watchers no event is made */
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

  /** Changes that need no encoding. They come before the records of `inodes` and `blocks`. */
  get others(): readonly Change[] {
    return this.#others;
  }

  get haveCountersChanged(): boolean {
    return this.#countersChanged;
  }

  /** Notes an inode that is new, was moved, or has changed attributes. */
  touch(inode: ChangedINode): void {
    inode.changedAt = this.#sequence;
    this.#inodes.add(inode.id);
  }

  /** Notes that a child was added or removed, and sets the directory's modification time. */
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

  /** Deletes the record of the inode and, for a file, the records of its blocks. */
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

  /** Notes that an inode left the tree and its subtree is still to be removed. */
  markDeleted(inode: { readonly id: number }): void {
    this.#others.push({ type: 'put', key: deletedKey(inode.id), value: '' });
  }

  unmarkDeleted(inode: { readonly id: number }): void {
    this.#others.push({ type: 'del', key: deletedKey(inode.id) });
  }

  /**
   * Adds an event. It is written in the same batch as the changes that it describes. Call this only if `keepsEvents` is
   * true.
   */
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

  placeIsKnown(): void {
    this.effects.push({ kind: 'placeIsKnown' });
  }

  moreWork(): void {
    if (!this.effects.some((e) => e.kind === 'moreWork')) this.effects.push({ kind: 'moreWork' });
  }
}
