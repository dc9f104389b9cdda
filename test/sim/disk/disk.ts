// A simulated disk: files, their synced content, and the effect of a loss of power.
import type { SimRandom } from '../world/random.ts';

export interface FileNode {
  readonly kind: 'file';
  bytes: Buffer;
  /** Content at the last fsync: a loss of power keeps no more for certain. */
  synced: Buffer;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly children: Map<string, TreeNode>;
  /** The `level` database in this directory, if there is one. */
  database?: Database;
}

export interface Database {
  readonly entries: Map<string, string>;
  /** The value that each key had before its last change, which a damaged table may bring back. */
  readonly former: Map<string, string | undefined>;
  /** Whether one of its files is missing or is no table: it can't be opened. */
  isUnreadable?: boolean;
  isLocked: boolean;
  /** Batches since the last synced one, oldest first: each undoes itself. */
  readonly unsynced: (() => void)[];
}

/** A name that was made, replaced or removed since the last fsync of its directory. */
interface NameChange {
  readonly directory: DirectoryNode;
  readonly undo: () => void;
}

/** A lock of the operating system. It ends with its process, however that ends. */
interface FileLock {
  readonly process: { readonly isAlive: boolean };
  readonly fd: number;
}

/** Returns how many of so many unsynced changes are left, from the first on, after a loss of power. */
export type KeptOf = (count: number) => number;
const keepAll: KeptOf = (count) => count;

export type TreeNode = FileNode | DirectoryNode;

const SECTOR_BYTES = 512;
export const DISK_BYTES = 64 * 1024 * 1024;

/**
 * The files of one machine's disk. Bytes are durable after an fsync of the file. Names are durable after an fsync of the
 * directory; of changes of names without one, a loss of power takes the last ones, as a journaling file system does.
 */
export class FileTree {
  readonly root: DirectoryNode = newDirectory();
  capacityBytes = DISK_BYTES;
  usedBytes = 0;
  /** Factor by which each operation takes longer than on a healthy disk. */
  slowness = 1;
  /** Number of the next writes, of the next fsyncs, and of the next batches of `level`, that fail. */
  readonly failing = { write: 0, sync: 0, level: 0 };
  /** Time that the next batch of `level` waits, as for a compaction. */
  stallMs = 0;
  #nameChanges: NameChange[] = [];
  readonly #inodes = new WeakMap<TreeNode, number>();
  #lastInode = 0;
  /** The locks of the operating system, by the file that is locked. */
  readonly #locks = new WeakMap<TreeNode, FileLock>();
  /** Directories of the root that can't be read or written: each stands for one failed disk. */
  readonly failedVolumes = new Set<string>();

  /** Returns whether a call fails, and counts it. */
  takesFailure(call: keyof FileTree['failing']): boolean {
    if (this.failing[call] === 0) return false;
    this.failing[call]--;
    return true;
  }

  /** Makes, replaces or, without a node, removes a name. It is durable after syncNames(). */
  setName(directory: DirectoryNode, name: string, node: TreeNode | undefined): void {
    const before = directory.children.get(name);
    setOrDelete(directory.children, name, node);
    this.#nameChanges.push({ directory, undo: () => setOrDelete(directory.children, name, before) });
  }

  /** Moves a name. A loss of power undoes all of it or nothing. */
  renameName(from: DirectoryNode, name: string, to: DirectoryNode, newName: string): void {
    const [moved, replaced] = [from.children.get(name), to.children.get(newName)];
    from.children.delete(name);
    setOrDelete(to.children, newName, moved);
    const undo = (): void => {
      setOrDelete(to.children, newName, replaced);
      setOrDelete(from.children, name, moved);
    };
    this.#nameChanges.push({ directory: to, undo });
    // An fsync of either directory makes the rename durable.
    this.#nameChanges.push({ directory: from, undo: () => undefined });
  }

  /** Makes the names in a directory durable, and with them all older changes: the journal has them in order. */
  syncNames(directory: DirectoryNode): void {
    const last = this.#nameChanges.findLastIndex((change) => change.directory === directory);
    this.#nameChanges.splice(0, last + 1);
  }

  /** Returns the number of a file's inode, which no other file of the disk has or had. */
  inodeOf(node: TreeNode): number {
    const inode = this.#inodes.get(node) ?? ++this.#lastInode;
    this.#inodes.set(node, inode);
    return inode;
  }

  /** Locks a file for a descriptor of a process. Returns false if another descriptor has it locked. */
  lock(node: TreeNode, lock: FileLock): boolean {
    if (this.#locks.get(node)?.process.isAlive) return false;
    this.#locks.set(node, lock);
    return true;
  }

  /** Ends the lock that a descriptor has, if it has one. */
  unlock(node: TreeNode, { process, fd }: FileLock): void {
    const lock = this.#locks.get(node);
    if (lock?.process === process && lock.fd === fd) this.#locks.delete(node);
  }

  isFailed(path: string): boolean {
    return this.failedVolumes.size > 0 && this.failedVolumes.has(namesOf(path)[0] ?? '');
  }

  find(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.root;
    for (const name of namesOf(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.children.get(name);
    }
    return node;
  }

  /** Returns the directory that contains `path`, if it exists, and the last name of the path. */
  parent(path: string): { directory: DirectoryNode | undefined; name: string } {
    const names = namesOf(path);
    const name = names.pop() ?? '';
    const directory = this.find(names.join('/'));
    return { directory: directory?.kind === 'directory' ? directory : undefined, name };
  }

  /** Sets the length of a file. Returns false if the disk has no room for it. */
  resize(file: FileNode, lengthBytes: number): boolean {
    const grown = lengthBytes - file.bytes.length;
    if (grown > 0 && this.usedBytes + grown > this.capacityBytes) return false;
    this.usedBytes += grown;
    if (grown <= 0) file.bytes = file.bytes.subarray(0, lengthBytes);
    else file.bytes = Buffer.concat([file.bytes, Buffer.alloc(grown)]);
    return true;
  }

  forget(node: TreeNode): void {
    if (node.kind === 'file') this.usedBytes -= node.bytes.length;
    if (node.kind === 'directory') for (const child of node.children.values()) this.forget(child);
  }

  /** Makes a directory and its missing parents. */
  makeDirectory(path: string): DirectoryNode {
    let node = this.root;
    for (const name of namesOf(path)) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = newDirectory();
        this.setName(node, name, child);
      }
      if (child.kind !== 'directory') throw new Error(`${path}: ${name} is a file`);
      node = child;
    }
    return node;
  }

  /** Replaces one volume, or the whole disk when none is named, by an empty one. */
  clear(volume?: string): void {
    this.#nameChanges = [];
    for (const [name, child] of [...this.root.children]) {
      if (volume !== undefined && name !== volume) continue;
      this.root.children.delete(name);
      this.forget(child);
    }
  }

  /** Writes and syncs a whole file, as an administrator would. Replaces a file that was there. */
  put(path: string, text: string): void {
    const { directory, name } = this.parent(path);
    const bytes = Buffer.from(text);
    const before = directory?.children.get(name);
    if (before !== undefined) this.forget(before);
    directory?.children.set(name, { kind: 'file', bytes, synced: bytes });
    this.usedBytes += bytes.length;
  }

  /** Copies a directory, for replace(); undefined if it does not exist. */
  copy(path: string): TreeNode | undefined {
    const node = this.find(path);
    // The copy knows the inodes of what was copied.
    return node && copyOf(node, (from, to) => this.#inodes.set(to, this.inodeOf(from)));
  }

  /**
   * Replaces a directory by a copy that was taken before, as an administrator would.
   * @param keepsInodes whether the files have the inodes of those that were copied, as after a snapshot of the volume is
   * rolled back; only for a copy that copy() of this disk has made
   */
  replace(path: string, copy: TreeNode, keepsInodes = false): void {
    const { directory, name } = this.parent(path);
    const before = directory?.children.get(name);
    if (before !== undefined) this.forget(before);
    this.#nameChanges = [];
    const node = copyOf(copy, (from, to) => keepsInodes && this.#inodes.set(to, this.inodeOf(from)));
    directory?.children.set(name, node);
    for (const { file } of this.files(node)) this.usedBytes += file.bytes.length;
  }

  /** Yields every file with its path, in the order of names. */
  *files(node: TreeNode = this.root, path = ''): Generator<{ path: string; file: FileNode }> {
    if (node.kind === 'file') yield { path, file: node };
    if (node.kind !== 'directory') return;
    for (const [name, child] of [...node.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield* this.files(child, `${path}/${name}`);
    }
  }

  /**
   * Cuts the power.
   * @param remainsOf returns the content that is left of a file that was not fully synced
   * @param keptOf of the changes of names, and of the batches of a database
   * @returns the files that lost bytes
   */
  losePower(remainsOf: (file: FileNode) => Buffer, keptOf = keepAll): { path: string; file: FileNode }[] {
    this.#loseNames(keptOf);
    for (const { unsynced } of databasesIn(this.root)) undoFrom(unsynced, keptOf);
    const torn: { path: string; file: FileNode }[] = [];
    for (const { path, file } of this.files()) {
      if (file.bytes.equals(file.synced)) continue;
      const before = file.bytes;
      const after = remainsOf(file);
      this.usedBytes += after.length - before.length;
      file.bytes = after;
      file.synced = after;
      if (!after.equals(before)) torn.push({ path, file });
    }
    return torn;
  }

  #loseNames(keptOf: KeptOf): void {
    const changes = this.#nameChanges.map(({ undo }) => undo);
    this.#nameChanges = [];
    if (undoFrom(changes, keptOf) === 0) return;
    this.usedBytes = 0;
    for (const { file } of this.files()) this.usedBytes += file.bytes.length;
  }
}

/** Undoes the changes that are not kept, the last one first, and forgets all. Returns the number of those undone. */
function undoFrom(changes: (() => void)[], keptOf: KeptOf): number {
  if (changes.length === 0) return 0;
  const kept = keptOf(changes.length);
  const lost = changes.splice(0).slice(kept).reverse();
  for (const undo of lost) undo();
  return lost.length;
}

function* databasesIn(node: TreeNode): Generator<Database> {
  if (node.kind === 'file') return;
  if (node.database !== undefined) yield node.database;
  for (const child of node.children.values()) yield* databasesIn(child);
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** Returns a torn write: new bytes up to some byte or sector, and the synced bytes behind them. */
export function tear(file: FileNode, random: SimRandom): Buffer {
  const { bytes, synced } = file;
  let same = 0;
  while (same < bytes.length && same < synced.length && bytes[same] === synced[same]) same++;
  let cut = same + random.nextInt(Math.max(bytes.length - same, 0) + 1);
  if (random.chance(0.5)) cut = Math.max(same, cut - (cut % SECTOR_BYTES));
  const torn = Buffer.concat([bytes.subarray(0, cut), synced.subarray(cut)]);
  // Only a file that grew may be longer than what was written of it.
  if (bytes.length > synced.length && torn.length > same && random.chance(0.2))
    return Buffer.concat([torn, Buffer.alloc(random.nextInt(SECTOR_BYTES))]);
  return torn;
}

/** Returns a copy of files and databases as they are now, all of it synced. @param onCopied is told of each copy */
function copyOf(node: TreeNode, onCopied: (from: TreeNode, to: TreeNode) => void): TreeNode {
  const copy: TreeNode = node.kind === 'file' ? copyOfFile(node) : copyOfDirectory(node, onCopied);
  onCopied(node, copy);
  return copy;
}

function copyOfFile(file: FileNode): FileNode {
  const bytes = Buffer.from(file.bytes);
  return { kind: 'file', bytes, synced: bytes };
}

function copyOfDirectory(node: DirectoryNode, onCopied: (from: TreeNode, to: TreeNode) => void): DirectoryNode {
  const children = new Map([...node.children].map(([name, child]) => [name, copyOf(child, onCopied)]));
  const { database } = node;
  return {
    kind: 'directory',
    children,
    database: database && {
      entries: new Map(database.entries),
      former: new Map(database.former),
      isLocked: false,
      unsynced: [],
    },
  };
}

export function newFile(): FileNode {
  return { kind: 'file', bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
}

export function newDirectory(): DirectoryNode {
  return { kind: 'directory', children: new Map() };
}

/** Splits a path and drops a leading /run…: each process has its own prefix, but all runs share the machine's disk. */
function namesOf(path: string): string[] {
  return path.split('/').filter((name, i) => name !== '' && !(i === 1 && /^run\d+$/.test(name)));
}
