/** A sequential model of HDFS's namespace: the state and the outcome after one call, by the rules of Hadoop's FSDir*Op. */
import {
  add,
  childrenOf,
  deepestAncestor,
  type Entry,
  EXECUTE,
  enter,
  isBelow,
  joined,
  move,
  Namespace,
  NEW_DIRECTORY,
  nameOf,
  need,
  needRemovable,
  needSubtree,
  parentOf,
  READ,
  Refusal,
  refuse,
  remove,
  type Tree,
  update,
  WRITE,
} from './namespace.ts';
import type { Call, Operation, Outcome, Status, User, Value } from './operation.ts';

/** Added to the permission of directories that are made as parents, so that names can be created in them. */
const IMPLICIT_UWX = 0o300;

type OperationOf<K extends Operation['op']> = Extract<Operation, { op: K }>;

/** Runs one call on a state. A call that is refused changes nothing. */
export function step(before: Namespace, call: Call): { readonly after: Namespace; readonly outcome: Outcome } {
  const tree: Tree = new Map(before.tree);
  try {
    const value = run(tree, call);
    const after = new Namespace(tree);
    return { after: after.key === before.key ? before : after, outcome: { kind: 'value', value } };
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    return { after: before, outcome: { kind: 'error', code: e.code } };
  }
}

function run(tree: Tree, { id, user, operation: o }: Call): Value {
  switch (o.op) {
    case 'mkdirs':
      return mkdirs(tree, user, o);
    case 'create':
      return create(tree, user, o, id);
    case 'close':
      return close(tree, o);
    case 'rename':
      return rename(tree, user, o);
    case 'rename2':
      return rename2(tree, user, o);
    case 'delete':
      return deletePath(tree, user, o);
    case 'setPermission':
      owned(tree, user, o.path);
      return change(tree, o.path, { permission: o.permission });
    case 'setOwner':
      return setOwner(tree, user, o);
    case 'setTimes':
      enter(tree, user, o.path);
      need(tree, user, o.path, WRITE);
      return change(tree, o.path, { modified: o.modifiedMs });
    case 'setReplication':
      return setReplication(tree, user, o);
    case 'concat':
      return concat(tree, user, o);
    case 'truncate':
      return truncate(tree, user, o);
    case 'stat':
      return stat(tree, user, o);
    case 'list':
      return list(tree, user, o);
    default:
      return o satisfies never;
  }
}

function change(tree: Tree, path: string, fields: Partial<Entry>): undefined {
  if (!tree.has(path)) refuse('FileNotFoundException');
  update(tree, path, fields);
}

function mkdirs(tree: Tree, user: User, { path, permission, createParent }: OperationOf<'mkdirs'>): undefined {
  enter(tree, user, path, true);
  const there = tree.get(path);
  if (there?.kind === 'file') refuse('FileAlreadyExistsException');
  if (there !== undefined) return;
  need(tree, user, deepestAncestor(tree, path), WRITE);
  if (!createParent && !tree.has(parentOf(path))) refuse('FileNotFoundException');
  makeParents(tree, user, path, permission | IMPLICIT_UWX);
  add(tree, user, path, { ...NEW_DIRECTORY, permission, writer: undefined });
}

/** @param permission permission of the new directories; undefined: that of the directory in which each is made */
function makeParents(tree: Tree, user: User, path: string, permission: number | undefined): void {
  const parent = parentOf(path);
  const there = tree.get(parent);
  if (there !== undefined) return;
  makeParents(tree, user, parent, permission);
  const inherited = (tree.get(parentOf(parent))?.permission ?? 0) | IMPLICIT_UWX;
  add(tree, user, parent, { ...NEW_DIRECTORY, permission: permission ?? inherited, writer: undefined });
}

function create(tree: Tree, user: User, o: OperationOf<'create'>, id: number): undefined {
  const { path, permission, replication, overwrite, createParent } = o;
  enter(tree, user, path, true);
  need(tree, user, deepestAncestor(tree, path), WRITE);
  const there = tree.get(path);
  if (there?.kind === 'directory') refuse('FileAlreadyExistsException');
  if (there === undefined) {
    if (!createParent && !tree.has(parentOf(path))) refuse('FileNotFoundException');
  } else {
    if (overwrite) need(tree, user, path, WRITE);
    else refuse(there.writer === undefined ? 'FileAlreadyExistsException' : 'AlreadyBeingCreatedException');
    remove(tree, path);
  }
  makeParents(tree, user, path, undefined);
  // The length stands in the entry from the start: statusOf() hides it while the file is open.
  const { lengthBytes } = o;
  add(tree, user, path, { kind: 'file', permission, replication, modified: 'now', lengthBytes, writer: id });
}

/** Closes a file, wherever it is now. */
function close(tree: Tree, { created }: OperationOf<'close'>): undefined {
  const open = [...tree].find(([, entry]) => entry.writer === created);
  if (open === undefined) return refuse('FileNotFoundException');
  update(tree, open[0], { writer: undefined, modified: 'now' });
}

/** FSDirRenameOp's older renameTo: a destination that is a directory receives the source. Conflicts return false. */
function rename(tree: Tree, user: User, { source, destination }: OperationOf<'rename'>): boolean {
  enter(tree, user, source);
  enter(tree, user, destination, true);
  const isInto = tree.get(destination)?.kind === 'directory';
  const target = isInto ? joined(destination, nameOf(source)) : destination;
  needRemovable(tree, user, source);
  enter(tree, user, target, true);
  need(tree, user, deepestAncestor(tree, target), WRITE);
  if (!tree.has(source)) return false;
  if (target === source) return true;
  if (isBelow(target, source) || tree.has(target) || !tree.has(parentOf(target))) return false;
  move(tree, source, target);
  return true;
}

function rename2(tree: Tree, user: User, { source, destination, overwrite }: OperationOf<'rename2'>): undefined {
  enter(tree, user, source);
  enter(tree, user, destination, true);
  needRemovable(tree, user, source);
  need(tree, user, deepestAncestor(tree, destination), WRITE);
  const moved = tree.get(source);
  if (moved === undefined) return refuse('FileNotFoundException');
  if (source === destination) refuse('FileAlreadyExistsException');
  if (isBelow(destination, source)) refuse('IOException');
  const there = tree.get(destination);
  if (there !== undefined) {
    if (there.kind !== moved.kind) refuse('IOException');
    if (!overwrite) refuse('FileAlreadyExistsException');
    if (childrenOf(tree, destination).length > 0) refuse('IOException');
    // Calf checks the sticky bit of the directory too, because the destination is removed from the directory.
    needRemovable(tree, user, destination);
  }
  if (!tree.has(parentOf(destination))) refuse('FileNotFoundException');
  if (there !== undefined) remove(tree, destination);
  move(tree, source, destination);
}

function deletePath(tree: Tree, user: User, { path, recursive }: OperationOf<'delete'>): boolean {
  enter(tree, user, path);
  needRemovable(tree, user, path);
  if (tree.get(path)?.kind === 'directory') needSubtree(tree, user, path);
  if (!recursive && childrenOf(tree, path).length > 0) refuse('PathIsNotEmptyDirectoryException');
  if (!tree.has(path)) return false;
  remove(tree, path);
  return true;
}

function owned(tree: Tree, user: User, path: string): void {
  enter(tree, user, path);
  const entry = tree.get(path);
  if (entry !== undefined && !user.isSuperuser && entry.owner !== user.name) refuse('AccessControlException');
}

function setOwner(tree: Tree, user: User, { path, owner, group }: OperationOf<'setOwner'>): undefined {
  owned(tree, user, path);
  if (!user.isSuperuser) {
    if (owner !== undefined && owner !== user.name) refuse('AccessControlException');
    if (group !== undefined && !user.groups.includes(group)) refuse('AccessControlException');
  }
  const entry = tree.get(path) ?? refuse('FileNotFoundException');
  update(tree, path, { owner: owner ?? entry.owner, group: group ?? entry.group });
}

function setReplication(tree: Tree, user: User, { path, replication }: OperationOf<'setReplication'>): boolean {
  enter(tree, user, path);
  need(tree, user, path, WRITE);
  if (tree.get(path)?.kind !== 'file') return false;
  update(tree, path, { replication });
  return true;
}

function fileAt(tree: Tree, path: string): Entry {
  const entry = tree.get(path);
  return entry?.kind === 'file' ? entry : refuse('FileNotFoundException');
}

function concat(tree: Tree, user: User, { target, sources }: OperationOf<'concat'>): undefined {
  enter(tree, user, target);
  need(tree, user, target, WRITE);
  const file = fileAt(tree, target);
  if (file.writer !== undefined) refuse('HadoopIllegalArgumentException');
  let lengthBytes = file.lengthBytes ?? 0;
  for (const source of sources) {
    enter(tree, user, source);
    need(tree, user, source, READ);
    needRemovable(tree, user, source);
    const part = fileAt(tree, source);
    const isJoinable = parentOf(source) === parentOf(target) && source !== target && part.writer === undefined;
    if (!isJoinable || part.lengthBytes === 0) refuse('HadoopIllegalArgumentException');
    lengthBytes += part.lengthBytes ?? 0;
  }
  if (new Set(sources).size < sources.length) refuse('HadoopIllegalArgumentException');
  for (const source of sources) remove(tree, source);
  update(tree, target, { lengthBytes, modified: 'now' });
}

/** Truncates a file whose blocks all are full, to a whole number of blocks. */
function truncate(tree: Tree, user: User, { path, lengthBytes }: OperationOf<'truncate'>): boolean {
  enter(tree, user, path);
  need(tree, user, path, WRITE);
  const file = fileAt(tree, path);
  if (file.writer !== undefined) refuse('AlreadyBeingCreatedException');
  const now = file.lengthBytes ?? 0;
  if (now < lengthBytes) refuse('HadoopIllegalArgumentException');
  if (now > lengthBytes) update(tree, path, { lengthBytes, modified: 'now' });
  return true;
}

function statusOf(path: string, { writer, ...entry }: Entry): Status {
  return { ...entry, path, lengthBytes: writer === undefined ? entry.lengthBytes : undefined };
}

function stat(tree: Tree, user: User, { path }: OperationOf<'stat'>): Status {
  enterToLook(tree, user, path);
  const entry = tree.get(path) ?? refuse('FileNotFoundException');
  return statusOf(path, entry);
}

/** As in Hadoop, a superuser who asks for the status of a path below a file hears that nothing is there. */
function enterToLook(tree: Tree, user: User, path: string): void {
  try {
    enter(tree, user, path);
  } catch (e) {
    if (user.isSuperuser && e instanceof Refusal) refuse('FileNotFoundException');
    throw e;
  }
}

function list(tree: Tree, user: User, { path }: OperationOf<'list'>): readonly Status[] {
  enter(tree, user, path);
  const entry = tree.get(path) ?? refuse('FileNotFoundException');
  if (entry.kind === 'file') return [statusOf(path, entry)];
  need(tree, user, path, READ | EXECUTE);
  return childrenOf(tree, path).flatMap((child) => {
    const there = tree.get(child);
    return there === undefined ? [] : [statusOf(child, there)];
  });
}
