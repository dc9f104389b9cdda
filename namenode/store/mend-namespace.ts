/** Makes a namespace whole again of which keys are lost, and tells what it did. Pure. */
import {
  BLOCK_PREFIX,
  blockKey,
  COUNTERS_KEY,
  fileOfBlockKey,
  INODE_PREFIX,
  idOfINodeKey,
  indexOfBlockKey,
  inodeKey,
} from '../command/change.ts';
import { FIRST_COUNTERS } from '../command/counters.ts';
import { ROOT_INODE_ID } from '../namespace/inode-tree.ts';
import { decodeCounters, encodeCounters } from './edits.ts';

/** The parts of an inode's value that place it. */
interface Placed {
  p?: number;
  n: string;
  /** The block size, which files alone have. */
  b?: number;
}

/** The distance by which lost counters are set beyond all that is known: ids that were given out must not come again. */
const COUNTERS_MARGIN = 1_000_000;
/** The directory for inodes whose own directory is lost, as of fsck. */
const LOST_AND_FOUND = 'lost+found';
const DEPTH_MAX = 10_000;

/** Returns the path of an inode as far as it is known. */
export function pathOf(entries: ReadonlyMap<string, string>, id: number): string {
  const names: string[] = [];
  let next: number | undefined = id;
  for (let depth = 0; next !== undefined && next !== ROOT_INODE_ID && depth < DEPTH_MAX; depth++) {
    const inode = placedAt(entries, next);
    if (inode === undefined) return `…/${names.join('/')}`;
    names.unshift(inode.n);
    next = inode.p;
  }
  return `/${names.join('/')}`;
}

/** Returns what a key is about, for people: the path of the file or directory where that is known. */
export function nameOfKey(entries: ReadonlyMap<string, string>, key: string, stored?: string): string {
  if (key.startsWith(BLOCK_PREFIX)) {
    return `block ${indexOfBlockKey(key)} of ${pathOf(entries, fileOfBlockKey(key))} (${key})`;
  }
  if (!key.startsWith(INODE_PREFIX)) return key;
  const inode = stored === undefined ? undefined : parsed(stored.slice(stored.indexOf('{')));
  if (inode === undefined) return `inode ${idOfINodeKey(key)}, whose path is not known (${key})`;
  const parent = inode.p === undefined ? '' : pathOf(entries, inode.p).replace(/\/$/, '');
  return `inode ${idOfINodeKey(key)}, perhaps ${parent}/${inode.n} (${key})`;
}

function placedAt(entries: ReadonlyMap<string, string>, id: number): Placed | undefined {
  const text = entries.get(inodeKey(id));
  return text === undefined ? undefined : parsed(text);
}

function parsed(text: string): Placed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'n' in value ? (value as Placed) : undefined;
  } catch {
    return undefined;
  }
}

/** Changes the entries so that a NameNode can load them. Returns one sentence for each thing that it did. */
export function mendNamespace(entries: Map<string, string>, user: string, supergroup: string): string[] {
  const done: string[] = [];
  if (!entries.has(inodeKey(ROOT_INODE_ID))) {
    entries.set(inodeKey(ROOT_INODE_ID), directory('', undefined, user, supergroup));
    done.push(`The root is lost: it is made anew, for ${user}`);
  }
  mendBlocks(entries, done);
  mendCounters(entries, done);
  adoptOrphans(entries, user, supergroup, done);
  return done;
}

const directory = (name: string, parent: number | undefined, user: string, group: string): string =>
  JSON.stringify({ p: parent, n: name, o: user, g: group, m: 0o700, t: 0 });

/** Leaves out blocks without a file, and those behind a block that is lost. */
function mendBlocks(entries: Map<string, string>, done: string[]): void {
  const keys = [...entries.keys()].filter((key) => key.startsWith(BLOCK_PREFIX)).sort();
  for (const key of keys) {
    const [file, index] = [fileOfBlockKey(key), indexOfBlockKey(key)];
    const inode = placedAt(entries, file);
    const before = index === 0 || entries.has(blockKey(file, index - 1));
    if (inode?.b !== undefined && before) continue;
    entries.delete(key);
    const reason = inode?.b === undefined ? 'its file is lost' : 'a block before it is lost: the file ends there';
    done.push(`Left out ${nameOfKey(entries, key)}: ${reason}`);
  }
}

/** Sets the counters beyond every id that is known. */
function mendCounters(entries: Map<string, string>, done: string[]): void {
  const text = entries.get(COUNTERS_KEY);
  const known = { ...(text === undefined ? FIRST_COUNTERS : decodeCounters(text)) };
  const margin = text === undefined ? COUNTERS_MARGIN : 0;
  let isBeyond = text !== undefined;
  for (const [key, value] of entries) {
    if (key.startsWith(INODE_PREFIX)) {
      if (idOfINodeKey(key) > known.lastInodeId) isBeyond = false;
      known.lastInodeId = Math.max(known.lastInodeId, idOfINodeKey(key));
    } else if (key.startsWith(BLOCK_PREFIX)) {
      const [id = 0, stamp = 0] = JSON.parse(value) as number[];
      if (id > known.lastBlockId || stamp > known.generationStamp) isBeyond = false;
      known.lastBlockId = Math.max(known.lastBlockId, id);
      known.generationStamp = Math.max(known.generationStamp, stamp);
    }
  }
  if (isBeyond) return;
  known.lastInodeId += margin;
  known.lastBlockId += margin;
  known.generationStamp += margin;
  entries.set(COUNTERS_KEY, encodeCounters(known));
  done.push('The counters of ids and generation stamps are lost or old: they are set beyond all that is known');
}

/** Moves inodes whose directory is lost to /lost+found. */
function adoptOrphans(entries: Map<string, string>, user: string, supergroup: string, done: string[]): void {
  let home: number | undefined;
  const counters = decodeCounters(entries.get(COUNTERS_KEY) ?? encodeCounters(FIRST_COUNTERS));
  for (const [key, value] of [...entries]) {
    if (!key.startsWith(INODE_PREFIX)) continue;
    const inode = parsed(value);
    if (inode?.p === undefined) continue;
    const parent = placedAt(entries, inode.p);
    if (parent !== undefined && parent.b === undefined) continue;
    if (home === undefined) {
      home = ++counters.lastInodeId;
      entries.set(inodeKey(home), directory(freeName(entries), ROOT_INODE_ID, user, supergroup));
      entries.set(COUNTERS_KEY, encodeCounters(counters));
    }
    const id = idOfINodeKey(key);
    entries.set(key, JSON.stringify({ ...inode, p: home, n: `${id}-${inode.n}` }));
    done.push(`Moved ${inode.n} to ${pathOf(entries, id)}: its directory, inode ${inode.p}, is lost`);
  }
}

/** Returns a name of the root's that is free. */
function freeName(entries: ReadonlyMap<string, string>): string {
  const taken = new Set<string>();
  for (const [key, value] of entries) {
    const inode = key.startsWith(INODE_PREFIX) ? parsed(value) : undefined;
    if (inode?.p === ROOT_INODE_ID) taken.add(inode.n);
  }
  let name = LOST_AND_FOUND;
  for (let i = 1; taken.has(name); i++) name = `${LOST_AND_FOUND}-${i}`;
  return name;
}
