/** The tree of the model's namespace, and the permission checks of Hadoop's FSPermissionChecker on it. */
import type { Status, User } from './operation.ts';

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;
const ALL = 7;
const STICKY = 0o1000;

/** A file or directory of the model. */
export interface Entry extends Omit<Status, 'path'> {
  /** Call that created the file, while the file is open. */
  readonly writer: number | undefined;
}

/** Entries by absolute path. The root is always there. */
export type Tree = Map<string, Entry>;

/** A state of the model, which never changes. */
export class Namespace {
  readonly tree: ReadonlyMap<string, Entry>;
  #key: string | undefined;

  constructor(tree: ReadonlyMap<string, Entry>) {
    this.tree = tree;
  }

  /** Text that is equal for equal states alone. */
  get key(): string {
    this.#key ??= [...this.tree]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, e]) => [path, ...Object.values(e)].join(','))
      .join(';');
    return this.#key;
  }
}

/** The state of a NameNode that was formatted by a user. */
export const formattedBy = (owner: string): Namespace =>
  new Namespace(
    new Map([['/', { ...NEW_DIRECTORY, owner, group: 'supergroup', permission: 0o755, writer: undefined }]]),
  );

export const NEW_DIRECTORY = { kind: 'directory', modified: 'now', replication: 0, lengthBytes: 0 } as const;

/** The exception with which the model refuses an operation. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export const refuse = (code: string): never => {
  throw new Refusal(code);
};

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const joined = (directory: string, name: string): string => `${directory === '/' ? '' : directory}/${name}`;
export const isBelow = (path: string, top: string): boolean => path.startsWith(top === '/' ? '/' : `${top}/`);

/** Returns the directories above a path, from the root on. */
function ancestorsOf(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return ['/', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)];
}

/** Returns the deepest directory above a path that exists. */
export function deepestAncestor(tree: Tree, path: string): string {
  return ancestorsOf(path).findLast((ancestor) => tree.has(ancestor)) ?? '/';
}

/** Returns the paths of the entries in a directory, sorted by name. */
export const childrenOf = (tree: Tree, path: string): string[] =>
  [...tree.keys()].filter((other) => other !== '/' && parentOf(other) === path).sort();

function may(user: User, entry: Entry, access: number): boolean {
  if (user.isSuperuser) return true;
  const shift = user.name === entry.owner ? 6 : user.groups.includes(entry.group) ? 3 : 0;
  return ((entry.permission >> shift) & access) === access;
}

/** Checks an access to an entry; an entry that does not exist passes. */
export function need(tree: Tree, user: User, path: string, access: number): void {
  const entry = tree.get(path);
  if (entry !== undefined && !may(user, entry, access)) refuse('AccessControlException');
}

/**
 * Checks that the user may enter all directories above a path.
 * @param creates whether the operation is to create the path: only then may a user learn that a parent is a file
 */
export function enter(tree: Tree, user: User, path: string, creates = false): void {
  for (const ancestor of ancestorsOf(path)) {
    const entry = tree.get(ancestor);
    if (entry === undefined) return;
    if (entry.kind !== 'directory') refuse(creates ? 'ParentNotDirectoryException' : 'AccessControlException');
    need(tree, user, ancestor, EXECUTE);
  }
}

function isKept(user: User, directory: Entry | undefined, entry: Entry): boolean {
  if (directory === undefined || user.isSuperuser || (directory.permission & STICKY) === 0) return false;
  return directory.owner !== user.name && entry.owner !== user.name;
}

/** Checks that the user may take a path out of its directory. */
export function needRemovable(tree: Tree, user: User, path: string): void {
  const entry = tree.get(path);
  if (entry !== undefined && isKept(user, tree.get(parentOf(path)), entry)) refuse('AccessControlException');
  need(tree, user, parentOf(path), WRITE);
}

/** Checks that the user may remove all that is below a path. Empty directories need no access. */
export function needSubtree(tree: Tree, user: User, top: string): void {
  for (const [path, directory] of tree) {
    if (directory.kind !== 'directory' || (path !== top && !isBelow(path, top))) continue;
    const children = childrenOf(tree, path);
    if (children.length === 0) continue;
    need(tree, user, path, ALL);
    for (const child of children) {
      const entry = tree.get(child);
      if (entry !== undefined && isKept(user, directory, entry)) refuse('AccessControlException');
    }
  }
}

/** Changes fields of an entry that exists. */
export function update(tree: Tree, path: string, fields: Partial<Entry>): void {
  const entry = tree.get(path);
  if (entry !== undefined) tree.set(path, { ...entry, ...fields });
}

/** Adds an entry of a user. It gets the group of its directory, as in BSD. */
export function add(tree: Tree, user: User, path: string, entry: Omit<Entry, 'owner' | 'group'>): void {
  tree.set(path, { ...entry, owner: user.name, group: tree.get(parentOf(path))?.group ?? '' });
  update(tree, parentOf(path), { modified: 'now' });
}

/** Removes an entry and all below it. */
export function remove(tree: Tree, top: string): void {
  for (const path of [...tree.keys()]) if (path === top || isBelow(path, top)) tree.delete(path);
  update(tree, parentOf(top), { modified: 'now' });
}

/** Moves an entry, with all below it, to a path that is free. */
export function move(tree: Tree, from: string, to: string): void {
  const moved = [...tree].filter(([path]) => path === from || isBelow(path, from));
  remove(tree, from);
  for (const [path, entry] of moved) tree.set(to + path.slice(from.length), entry);
  update(tree, parentOf(to), { modified: 'now' });
}
