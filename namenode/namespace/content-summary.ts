/** Counts the files, directories and bytes of a subtree. */
import { fileLength, type INode, type INodeDirectory } from './inode.ts';

/**
 * Number of directory entries taken at once. The next page begins after the last name, so the directory may change
 * between two pages.
 */
const PAGE_ENTRIES = 500;

/** The figures of a subtree, as in Hadoop's ContentSummary. A directory counts itself. Lengths are in bytes. */
export interface ContentCounts {
  length: number;
  fileCount: number;
  directoryCount: number;
  /** Bytes of all replicas: the length of each file times its replication. */
  spaceConsumed: number;
}

/** Counts a subtree in slices, so that a large subtree does not hold the event loop. */
export class ContentSummaryComputation {
  readonly counts: ContentCounts = { length: 0, fileCount: 0, directoryCount: 0, spaceConsumed: 0 };
  readonly #enter: (directory: INodeDirectory) => void;
  readonly #pending: { directory: INodeDirectory; after: string }[] = [];

  /** @param enter is called with each directory before its entries are counted, and may throw */
  constructor(inode: INode, enter: (directory: INodeDirectory) => void) {
    this.#enter = enter;
    this.#count(inode);
  }

  /**
   * Counts about `limit` more inodes. Returns true when all inodes have been counted.
   * @throws the error of `enter`
   */
  step(limit: number): boolean {
    let budget = limit;
    while (budget > 0) {
      const top = this.#pending.pop();
      if (top === undefined) return true;
      if (top.after === '') this.#enter(top.directory);
      const { entries, remaining } = top.directory.children.page(top.after, PAGE_ENTRIES);
      const last = entries.at(-1);
      if (remaining > 0 && last !== undefined) this.#pending.push({ directory: top.directory, after: last.name });
      for (const entry of entries) this.#count(entry);
      budget -= entries.length + 1;
    }
    return this.#pending.length === 0;
  }

  #count(inode: INode): void {
    if (inode.kind === 'directory') {
      this.counts.directoryCount++;
      this.#pending.push({ directory: inode, after: '' });
      return;
    }
    const length = fileLength(inode);
    this.counts.fileCount++;
    this.counts.length += length;
    this.counts.spaceConsumed += length * inode.replication;
  }
}
