/** The disk of one machine: files and names, what of them is synced, and what a loss of power leaves. */
import { tear } from '../../sim/disk/disk.ts';
import type { SimRandom } from '../../sim/world/random.ts';
import { VolatileFile } from './volatile-file.ts';

interface NodeFacts {
  /** Inode number: it stays the same over a loss of power. */
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  mtimeMs: number;
}

export interface FileNode extends NodeFacts {
  readonly kind: 'file';
  readonly file: VolatileFile;
  links: number;
}

export interface DirectoryNode extends NodeFacts {
  readonly kind: 'directory';
  readonly children: Map<string, DiskNode>;
}

export type DiskNode = FileNode | DirectoryNode;

/** A name that was made, replaced or removed, and that no fsync of its directory has made durable yet. */
interface NameChange {
  readonly directory: DirectoryNode;
  readonly atMs: number;
  readonly undo: () => void;
}

/** Which unsynced changes a loss of power takes: all of them, or the last ones, with torn files. */
export type PowerLoss = 'all' | 'some';

/**
 * Linux commits the metadata of ext4 every 5 s by itself. No program may rely on that, so it happens much later here; it
 * happens at all so that the contents of deleted files do not stay in memory for good.
 */
const COMMIT_MS = 60_000;
const COMMIT_EVERY_CHANGES = 1000;

let lastIno = 1;

/**
 * The files of one machine, by the rules of test/sim/disk/disk.ts. Bytes last after an fsync of the file, and names after an
 * fsync of the directory. A loss of power undoes unsynced changes of names from the last one on, as a journaling file
 * system does. An fsync of a file makes no name last: POSIX leaves that open, and file systems differ.
 */
export class VolatileDisk {
  readonly root: DirectoryNode;
  #changes: NameChange[] = [];
  #changesSinceCommit = 0;
  readonly #now: () => number;

  constructor(mode: number, now: () => number = Date.now) {
    this.#now = now;
    this.root = this.newDirectory({ mode, uid: 0, gid: 0 });
  }

  newFile(owner: Pick<NodeFacts, 'mode' | 'uid' | 'gid'>): FileNode {
    return { kind: 'file', ino: ++lastIno, ...owner, mtimeMs: this.#now(), file: new VolatileFile(), links: 0 };
  }

  newDirectory(owner: Pick<NodeFacts, 'mode' | 'uid' | 'gid'>): DirectoryNode {
    return { kind: 'directory', ino: ++lastIno, ...owner, mtimeMs: this.#now(), children: new Map() };
  }

  /** Makes, replaces or, without a node, removes a name. */
  setName(directory: DirectoryNode, name: string, node: DiskNode | undefined): void {
    this.#note(directory, put(directory, name, node));
  }

  /** Moves a name. A loss of power undoes all of it or nothing; an fsync of either directory makes it last. */
  rename(from: DirectoryNode, name: string, to: DirectoryNode, newName: string): void {
    const node = from.children.get(name);
    const undoTo = put(to, newName, node);
    const undoFrom = put(from, name, undefined);
    this.#note(to, () => {
      undoFrom();
      undoTo();
    });
    if (from !== to) this.#note(from, () => undefined);
  }

  /** Makes the names of a directory last, and all older changes of the disk with them: the journal has them in order. */
  syncNames(directory: DirectoryNode): void {
    const last = this.#changes.findLastIndex((change) => change.directory === directory);
    this.#changes.splice(0, last + 1);
  }

  /** Makes everything last, as `sync` does. */
  syncAll(): void {
    this.#changes = [];
    for (const { file } of filesIn(this.root)) file.sync();
  }

  /** Cuts the power. Returns the number of changes of names that are undone, and of files that lose bytes. */
  losePower(loss: PowerLoss, random: SimRandom): { names: number; files: number } {
    const kept = loss === 'all' ? 0 : random.nextInt(this.#changes.length + 1);
    const lost = this.#changes.splice(0).slice(kept).reverse();
    for (const { undo } of lost) undo();
    let files = 0;
    for (const { file } of new Set(filesIn(this.root))) {
      if (!file.isDirty) continue;
      const synced = file.synced();
      const left = loss === 'all' ? synced : tear({ kind: 'file', bytes: file.read(0, file.size), synced }, random);
      file.becomeAfterPowerLoss(Buffer.from(left));
      files++;
    }
    return { names: lost.length, files };
  }

  #note(directory: DirectoryNode, undo: () => void): void {
    const atMs = this.#now();
    directory.mtimeMs = atMs;
    this.#changes.push({ directory, atMs, undo });
    if (++this.#changesSinceCommit < COMMIT_EVERY_CHANGES) return;
    this.#changesSinceCommit = 0;
    const young = this.#changes.findIndex((change) => change.atMs > atMs - COMMIT_MS);
    this.#changes.splice(0, Math.max(young, 0));
  }
}

function* filesIn(directory: DirectoryNode): Generator<FileNode> {
  for (const child of directory.children.values()) {
    if (child.kind === 'file') yield child;
    else yield* filesIn(child);
  }
}

/** Sets a name, and counts the links of files. Returns the function that undoes it. */
function put(directory: DirectoryNode, name: string, node: DiskNode | undefined): () => void {
  const before = directory.children.get(name);
  const set = (now: DiskNode | undefined, then: DiskNode | undefined) => {
    if (now === undefined) directory.children.delete(name);
    else directory.children.set(name, now);
    if (now?.kind === 'file') now.links++;
    if (then?.kind === 'file') then.links--;
  };
  set(node, before);
  return () => set(before, node);
}
