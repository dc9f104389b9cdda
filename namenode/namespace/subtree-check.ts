/**
 * The check of all directories of a subtree (FSPermissionChecker.checkSubAccess), in slices. A command that removes a
 * large subtree must neither hold up other calls while the subtree is walked nor be decided by a tree of the past.
 */
import type { HadoopError } from '../../runtime/errors.ts';
import type { Caller } from '../command/caller.ts';
import type { INode, INodeDirectory } from './inode.ts';
import { pathOf } from './inode.ts';
import type { TreeWatcher } from './inode-tree.ts';
import { denied, deniedBySticky, hasPermission, isSticky, keepsEntryFrom, WRITE } from './permissions.ts';

/** Number of directory entries taken at once: the next page begins after the last name. */
const PAGE_ENTRIES = 500;

/** A directory that is still to be checked. */
interface Pending {
  readonly directory: INodeDirectory;
  /** The entries up to this name are done. */
  readonly after: string;
  /** If given, this entry alone is still to be checked. */
  readonly only?: INode;
  /** Whether the directories among the entries are still to be checked too. */
  readonly deep: boolean;
}

/**
 * The check of one subtree for one caller. At any time, each directory of the subtree allows the access as the directory
 * is now, or stands in the list of those that are still to be checked: changes put directories back into the list. The
 * verdict is therefore that of one check of the whole subtree at the moment of the last step.
 */
export class SubtreeCheck {
  readonly root: INodeDirectory;
  readonly caller: Caller;
  readonly access: number;
  readonly #pageEntries: number;
  readonly #pending: Pending[];

  constructor(root: INodeDirectory, caller: Caller, access: number, pageEntries = PAGE_ENTRIES) {
    this.#pageEntries = pageEntries;
    this.root = root;
    this.caller = caller;
    this.access = access;
    this.#pending = [{ directory: root, after: '', deep: true }];
  }

  /** Checks about `limit` more inodes. Returns true if the verdict is known, as long as nothing changes. */
  step(limit: number): boolean {
    return this.#advance(limit) !== undefined || this.#pending.length === 0;
  }

  /**
   * Checks all that is still to be checked.
   * @throws AccessControlException that names a directory that refuses
   */
  finish(): void {
    const refusal = this.#advance(Number.POSITIVE_INFINITY);
    if (refusal !== undefined) throw refusal;
  }

  childAdded(parent: INodeDirectory, child: INode): void {
    if (this.#covers(parent)) this.#pending.push({ directory: parent, after: '', only: child, deep: true });
  }

  attributesChanged(inode: INode): void {
    if (inode.kind === 'directory' && this.#covers(inode)) {
      this.#pending.push({ directory: inode, after: '', deep: false });
    }
    // The sticky bit of a directory looks at the owners of the entries.
    const { parent } = inode;
    if (parent !== undefined && this.#covers(parent)) {
      this.#pending.push({ directory: parent, after: '', only: inode, deep: false });
    }
  }

  #covers(directory: INodeDirectory): boolean {
    for (let at: INodeDirectory | undefined = directory; at !== undefined; at = at.parent) {
      if (at === this.root) return true;
    }
    return false;
  }

  /** Returns the refusal of a directory, which then stays in the list: it may change before the command. */
  #advance(limit: number): HadoopError | undefined {
    let budget = limit;
    while (budget > 0) {
      const next = this.#pending.pop();
      if (next === undefined) return undefined;
      const { entries, remaining } = entriesOf(next, this.#pageEntries);
      const refusal = this.#refusalOf(next.directory, entries);
      // A directory that has left the subtree has no say.
      if (refusal !== undefined && this.#covers(next.directory)) {
        this.#pending.push(next);
        return refusal;
      }
      const last = entries.at(-1);
      if (remaining > 0 && last !== undefined) this.#pending.push({ ...next, after: last.name });
      if (next.deep) {
        for (const entry of entries) {
          if (entry.kind === 'directory') this.#pending.push({ directory: entry, after: '', deep: true });
        }
      }
      budget -= entries.length + 1;
    }
    return undefined;
  }

  /** A directory without entries needs no access: nothing is taken out of it. */
  #refusalOf(directory: INodeDirectory, entries: readonly INode[]): HadoopError | undefined {
    const { caller, access } = this;
    if (directory.children.size === 0) return undefined;
    if (!hasPermission(directory, caller, access)) return denied(directory, pathOf(directory), caller, access);
    if ((access & WRITE) === 0 || !isSticky(directory)) return undefined;
    const kept = entries.find((entry) => keepsEntryFrom(caller, directory, entry));
    return kept && deniedBySticky(caller, kept, pathOf(kept), directory, pathOf(directory));
  }
}

function entriesOf(
  { directory, after, only }: Pending,
  limit: number,
): { entries: readonly INode[]; remaining: number } {
  if (only === undefined) return directory.children.page(after, limit);
  // The entry may have left the directory since.
  return { entries: only.parent === directory ? [only] : [], remaining: 0 };
}

/** The checks that are under way. The tree tells them of its changes. */
export class SubtreeChecks implements TreeWatcher {
  readonly #checks = new Set<SubtreeCheck>();

  get size(): number {
    return this.#checks.size;
  }

  /** Begins a check, which end() must end. */
  begin(root: INodeDirectory, caller: Caller, access: number, pageEntries?: number): SubtreeCheck {
    const check = new SubtreeCheck(root, caller, access, pageEntries);
    this.#checks.add(check);
    return check;
  }

  end(check: SubtreeCheck): void {
    this.#checks.delete(check);
  }

  /**
   * Checks a subtree, in one go or with the rest of the slices that came before.
   * @throws AccessControlException
   */
  check(root: INodeDirectory, caller: Caller, access: number): void {
    const begun = [...this.#checks].find((c) => c.root === root && c.caller === caller && c.access === access);
    (begun ?? new SubtreeCheck(root, caller, access)).finish();
  }

  childAdded(parent: INodeDirectory, child: INode): void {
    for (const check of this.#checks) check.childAdded(parent, child);
  }

  attributesChanged(inode: INode): void {
    for (const check of this.#checks) check.attributesChanged(inode);
  }
}
