// Damages files and databases on simulated disks, and undoes the damage.
import type { SimRandom } from '../world/random.ts';
import type { Database, DirectoryNode, FileNode, FileTree } from './disk.ts';

/** Damage that was done. */
export interface Damage {
  readonly path: string;
  readonly what: string;
  /** Whether it is there still: nothing has replaced what was damaged. */
  readonly isThere: () => boolean;
  /** Puts back what was there before. */
  readonly undo: () => void;
}

/** The ways in which a whole file is damaged. */
const FILE_DAMAGES = ['is zeroed', 'is cut off', 'is emptied', 'is missing'] as const;
/** The ways in which a database loses something without noticing, and one in which it can't be opened. */
const DATABASE_DAMAGES = ['rots', 'loses keys', 'has an older value', 'lost a table'] as const;

/** Flips one bit of a byte of a file. */
export function rotFile(disk: FileTree, path: string, at: number, random: SimRandom): Damage | undefined {
  const rotten = Buffer.from(fileAt(disk, path)?.bytes ?? []);
  const byte = rotten[at];
  if (byte === undefined) return undefined;
  rotten[at] = byte ^ (1 << random.nextInt(8));
  return replaceBytes(disk, path, rotten, `byte ${at} rots`);
}

export function zeroFile(disk: FileTree, path: string): Damage | undefined {
  return replaceBytes(disk, path, Buffer.alloc(fileAt(disk, path)?.bytes.length ?? 0), 'is zeroed');
}

/** Zeroes, cuts off, empties or removes a file that is not empty. */
export function harmFile(disk: FileTree, path: string, random: SimRandom): Damage | undefined {
  const file = fileAt(disk, path);
  if (file === undefined || file.bytes.length === 0) return undefined;
  const what = random.pick(FILE_DAMAGES);
  const { length } = file.bytes;
  if (what === 'is zeroed') return zeroFile(disk, path);
  if (what === 'is emptied') return replaceBytes(disk, path, Buffer.alloc(0), what);
  if (what === 'is cut off') {
    const left = random.nextInt(length);
    return replaceBytes(disk, path, file.bytes.subarray(0, left), `${what} at ${left} of ${length} bytes`);
  }
  const { directory, name } = disk.parent(path);
  if (directory === undefined) return undefined;
  directory.children.delete(name);
  disk.usedBytes -= length;
  const isThere = (): boolean =>
    directory.children.get(name) === undefined && disk.parent(path).directory === directory;
  const undo = (): void => {
    if (!isThere()) return;
    directory.children.set(name, file);
    disk.usedBytes += length;
  };
  return { path, what, isThere, undo };
}

/** Damages the database in a directory, as a byte or a block of one of its tables does. */
export function harmDatabase(disk: FileTree, path: string, random: SimRandom): Damage | undefined {
  const directory = disk.find(path);
  const database = directory?.kind === 'directory' ? directory.database : undefined;
  if (database === undefined || database.entries.size === 0) return undefined;
  const before = [...database.entries];
  const what = random.pick(DATABASE_DAMAGES);
  if (!harm(database, what, random)) return undefined;
  const isThere = (): boolean => (disk.find(path) as DirectoryNode | undefined)?.database === database;
  const undo = (): void => {
    database.isUnreadable = false;
    database.entries.clear();
    for (const [key, value] of before) database.entries.set(key, value);
  };
  return { path, what, isThere, undo };
}

function harm(database: Database, what: (typeof DATABASE_DAMAGES)[number], random: SimRandom): boolean {
  const { entries, former } = database;
  const keys = [...entries.keys()].sort();
  if (what === 'lost a table') database.isUnreadable = true;
  else if (what === 'loses keys') {
    const first = random.nextInt(keys.length);
    for (const key of keys.slice(first, first + 1 + random.nextInt(8))) entries.delete(key);
  } else if (what === 'rots') {
    const key = random.pick(keys);
    const value = entries.get(key) ?? '';
    const at = random.nextInt(value.length);
    const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << random.nextInt(7)));
    entries.set(key, value.slice(0, at) + changed + value.slice(at + 1));
  } else {
    const changed = [...former]
      .filter(([key, value]) => entries.get(key) !== value)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    if (changed.length === 0) return false;
    const [key, value] = random.pick(changed);
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return true;
}

function fileAt(disk: FileTree, path: string): FileNode | undefined {
  const node = disk.find(path);
  return node?.kind === 'file' ? node : undefined;
}

function replaceBytes(disk: FileTree, path: string, bytes: Buffer, what: string): Damage | undefined {
  const file = fileAt(disk, path);
  if (file === undefined) return undefined;
  const before = file.bytes;
  const set = (content: Buffer): void => {
    disk.usedBytes += content.length - file.bytes.length;
    file.bytes = content;
    file.synced = content;
  };
  set(bytes);
  const isThere = (): boolean => fileAt(disk, path) === file && file.bytes.equals(bytes);
  const undo = (): void => {
    if (isThere()) set(before);
  };
  return { path, what, isThere, undo };
}
