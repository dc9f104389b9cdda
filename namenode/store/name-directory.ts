/** The directory of dfs.namenode.name.dir: whose it is, and how an empty one is formatted. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { errorCode, messageOf } from '../../runtime/errors.ts';
import { isLockFile } from '../../runtime/files/in-use-lock.ts';
import { makeDirectories } from '../../runtime/files/make-directories.ts';
import { formatProperties, parseProperties } from '../../runtime/files/properties.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Random } from '../../runtime/runtime.ts';

/** Hadoop 3.4's NameNodeLayoutVersion, which DataNodes are told. */
export const NAMENODE_LAYOUT_VERSION = -67;
/**
 * The version of the store: of its keys (edits.ts) and its files (store.ts). Version 1 was never released. Version 2 had
 * no checksums in `level` and no headers in the journal: upgrade.ts makes version 3 of it.
 */
export const CALF_LAYOUT_VERSION = 3;
const OLDEST_LAYOUT_VERSION = 2;

/**
 * The property that holds the checksum of all others: a byte that rots would change the namespace's identity. It is the
 * first property, so that a file that was cut off has it too.
 */
const CHECKSUM = 'calfChecksum';
const PROPERTIES = [
  ...[
    'namespaceID',
    'clusterID',
    'blockpoolID',
    'cTime',
    'storageType',
    'layoutVersion',
    'calfLayoutVersion',
    CHECKSUM,
  ],
];

const CURRENT = 'current';
const NEW = 'current.new';
const REMOVED = 'current.removed';
/** Names that a replacement leaves when it is cut short. Layouts before 3 used the last one. */
const LEFT_OVERS = [NEW, REMOVED, 'current.formatting', 'current.recovering'];
/** Only the NameNode's user may read the metadata (Hadoop: the default of dfs.namenode.storage.dir.perm). */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** The names of the namespace that a NameNode serves: the content of `current/VERSION`. */
export interface NamespaceIdentity {
  readonly namespaceId: number;
  readonly clusterId: string;
  readonly blockPoolId: string;
  readonly cTime: number;
}

/** Returns the directories of dfs.namenode.name.dir, `file:///a/b` or `/a/b`, as paths. @throws Error for an empty setting */
export function nameDirectoriesOf(property: string): string[] {
  const names = property.split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) throw new Error('dfs.namenode.name.dir is empty');
  const paths = names.map((name) =>
    path.resolve(name.startsWith('file:') ? fileURLToPath(new URL(name, 'file:///')) : name),
  );
  return [...new Set(paths)];
}

/** A directory that holds a namespace. */
export interface FormattedDirectory {
  readonly identity: NamespaceIdentity;
  /** The version of the store, at most CALF_LAYOUT_VERSION. */
  readonly layout: number;
}

/** Returns the name directory that has a store at the path. */
export const nameDirectoryOfStore = (store: string): string => path.dirname(path.dirname(store));

export const storePath = (dir: string): string => path.join(dir, CURRENT, 'store');

/**
 * Reads which namespace a directory holds; undefined if the directory is empty or does not exist.
 * @throws Error with the reason and the way out for a directory that another program or a newer version wrote
 */
export async function readNameDirectory(dir: string): Promise<FormattedDirectory | undefined> {
  await finishReplacement(dir);
  const entries = await listDirectory(dir);
  if (entries.length === 0) return undefined;
  let text: string;
  try {
    text = await fs.readFile(path.join(dir, CURRENT, 'VERSION'), 'utf8');
  } catch (e) {
    if (errorCode(e) !== 'ENOENT' && errorCode(e) !== 'ENOTDIR') throw unreadable(dir, e);
    if (await exists(storePath(dir))) throw damagedVersion(dir, 'is missing');
    throw new Error(
      `${dir} is not empty and holds no NameNode's metadata (it has ${entries.slice(0, 5).join(', ')}): ` +
        'set dfs.namenode.name.dir to an empty directory',
      { cause: e },
    );
  }
  const values = parseProperties(text);
  // A file that was emptied or zeroed names no type. A directory without a store is not a NameNode's.
  if (!values.has('storageType') && (await exists(storePath(dir)))) throw damagedVersion(dir, 'has no storageType');
  return parseVersion(dir, values, text);
}

/** Lists a directory without the files that a replacement left when it was cut short. */
async function listDirectory(dir: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(dir);
    return entries.filter((entry) => !LEFT_OVERS.includes(entry) && !isLockFile(entry) && entry !== 'lost+found');
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return [];
    throw unreadable(dir, e);
  }
}

/** The disk does not give a directory: another directory may serve meanwhile. */
export class UnreadableDirectory extends Error {}

/** The VERSION of a directory is damaged: the content of another directory may take its place. */
export class DamagedDirectory extends Error {}

const unreadable = (dir: string, cause: unknown): Error =>
  new UnreadableDirectory(`${dir} can't be read: ${messageOf(cause)}`, { cause });

const damagedVersion = (dir: string, damage: string): Error =>
  new DamagedDirectory(`${path.join(dir, CURRENT, 'VERSION')} ${damage}: restore that file from a copy`);

function parseVersion(dir: string, values: ReadonlyMap<string, string>, text: string): FormattedDirectory {
  const checksum = values.get(CHECKSUM);
  const fits = checksum === undefined || checksum === checksumOf(values);
  if (fits) checkOurs(dir, values);
  const layout = numberOf(dir, values, 'calfLayoutVersion');
  if (fits) checkLayout(dir, layout);
  const identity = {
    namespaceId: numberOf(dir, values, 'namespaceID'),
    clusterId: textOf(dir, values, 'clusterID'),
    blockPoolId: textOf(dir, values, 'blockpoolID'),
    cTime: numberOf(dir, values, 'cTime'),
  };
  if (!fits) throw damagedVersion(dir, 'has properties that do not fit its checksum');
  // A line of the checksum that rots is a line that no Calf writes.
  if (!isAsWritten(text, values)) throw damagedVersion(dir, 'has lines that no Calf writes');
  // Files of before have no checksum, and no properties that are not known.
  const unknown = [...values.keys()].find((name) => !PROPERTIES.includes(name));
  if (checksum === undefined && unknown !== undefined) throw damagedVersion(dir, `has a property ${unknown}`);
  return { identity, layout };
}

/** Returns whether a text has these properties in the form in which they were written, whatever its comment says. */
function isAsWritten(text: string, values: ReadonlyMap<string, string>): boolean {
  const withoutComment = (file: string): string => file.slice(file.indexOf('\n'));
  return withoutComment(text) === withoutComment(formatProperties(values, 0));
}

/** Returns CRC32 of all properties but the checksum, as 8 hexadecimal digits. */
function checksumOf(values: ReadonlyMap<string, string>): string {
  const lines = [...values].flatMap(([name, value]) => (name === CHECKSUM ? [] : `${name}=${value}\n`));
  return zlib.crc32(lines.sort().join('')).toString(16).padStart(8, '0');
}

/** @throws Error if another program wrote the directory */
function checkOurs(dir: string, values: ReadonlyMap<string, string>): void {
  const type = values.get('storageType');
  if (type !== 'NAME_NODE') {
    throw new Error(`${dir} belongs to a ${type ?? 'stranger'}: set dfs.namenode.name.dir to an empty directory`);
  }
  if (!values.has('calfLayoutVersion')) {
    throw new Error(
      `${dir} is the metadata directory of a Hadoop NameNode (layout ${values.get('layoutVersion') ?? 'unknown'}), ` +
        'which Calf does not read: set dfs.namenode.name.dir to an empty directory and copy the files with distcp',
    );
  }
}

/** @throws Error if a Calf of another age wrote the directory */
function checkLayout(dir: string, layout: number): void {
  if (layout > CALF_LAYOUT_VERSION) {
    throw new Error(
      `${dir} was written by a newer Calf (layout ${layout}, this one reads up to ${CALF_LAYOUT_VERSION}): ` +
        'run that version, or set dfs.namenode.name.dir to another directory',
    );
  }
  if (layout < OLDEST_LAYOUT_VERSION) {
    throw new Error(
      `${dir} was written by an early Calf (layout ${layout}, this one reads from ${OLDEST_LAYOUT_VERSION} on): ` +
        'set dfs.namenode.name.dir to an empty directory',
    );
  }
}

/** @throws Error that names the file and the property, if the property is missing (Hadoop: StorageInfo.getProperty) */
function textOf(dir: string, values: ReadonlyMap<string, string>, property: string): string {
  const value = values.get(property);
  if (value) return value;
  throw damagedVersion(dir, `has ${property} missing`);
}

function numberOf(dir: string, values: ReadonlyMap<string, string>, property: string): number {
  const text = textOf(dir, values, property);
  if (/^-?\d+$/.test(text)) return Number(text);
  throw damagedVersion(dir, `has ${property}=${text}, which is no whole number`);
}

/** Makes a new identity in Hadoop's form: `CID-<uuid>`, `BP-<random>-<ip>-<ms>`. */
export function newIdentity(random: Random, ipAddress: string, now: number, clusterId?: string): NamespaceIdentity {
  return {
    namespaceId: 1 + random.nextInt(0x7ffffffe),
    clusterId: clusterId ?? `CID-${random.uuid()}`,
    blockPoolId: `BP-${1 + random.nextInt(0x7ffffffe)}-${ipAddress}-${now}`,
    cTime: now,
  };
}

/** Returns the first address of this machine that others could reach, for block pool ids; else the loopback address. */
export function hostAddress(): string {
  for (const addresses of Object.values(os.networkInterfaces())) {
    const found = addresses?.find((a) => a.family === 'IPv4' && !a.internal);
    if (found !== undefined) return found.address;
  }
  return '127.0.0.1';
}

/**
 * Puts a new store and VERSION in place of what the directory has, or into an empty one. `fill` makes the store at the
 * path that it is given. After a crash the directory has all of the new content or is as it was.
 * @param keepAs the name under which the former content stays in the directory; without it, the content is removed
 */
export async function replaceCurrent(
  dir: string,
  identity: NamespaceIdentity,
  fill: (storePath: string) => Promise<void>,
  keepAs?: string,
): Promise<void> {
  const [current, fresh, former] = [CURRENT, NEW, keepAs ?? REMOVED].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  await fs.rm(fresh, { recursive: true, force: true });
  await makeDirectories(fresh, DIRECTORY_MODE);
  await fill(path.join(fresh, 'store'));
  const version = [
    ['namespaceID', identity.namespaceId],
    ['clusterID', identity.clusterId],
    ['blockpoolID', identity.blockPoolId],
    ['cTime', identity.cTime],
    ['storageType', 'NAME_NODE'],
    ['layoutVersion', NAMENODE_LAYOUT_VERSION],
    ['calfLayoutVersion', CALF_LAYOUT_VERSION],
  ] as const;
  const checksum = checksumOf(new Map(version.map(([name, value]) => [name, String(value)])));
  const text = formatProperties([[CHECKSUM, checksum], ...version], identity.cTime);
  await fs.writeFile(path.join(fresh, 'VERSION'), text, { flush: true, mode: FILE_MODE });
  await syncDirectory(fresh);
  if (keepAs === undefined) await fs.rm(former, { recursive: true, force: true });
  if (await exists(current)) await fs.rename(current, former);
  await fs.rename(fresh, current);
  await syncDirectory(dir);
  if (keepAs === undefined) await fs.rm(former, { recursive: true, force: true });
}

/** Finishes a replacement that was cut short when the former content had its new name and the new content had not. */
async function finishReplacement(dir: string): Promise<void> {
  if ((await exists(path.join(dir, CURRENT))) || !(await exists(path.join(dir, NEW, 'VERSION')))) return;
  await fs.rename(path.join(dir, NEW), path.join(dir, CURRENT));
  await syncDirectory(dir);
}

export async function exists(file: string): Promise<boolean> {
  try {
    await fs.access(file);
    return true;
  } catch (e) {
    if (errorCode(e) === 'ENOENT' || errorCode(e) === 'ENOTDIR') return false;
    throw unreadable(file, e);
  }
}

/** Takes the metadata away from other users, whom an earlier version let read it. */
export async function closeToOthers(dir: string): Promise<void> {
  await fs.chmod(path.join(dir, CURRENT), DIRECTORY_MODE);
}
