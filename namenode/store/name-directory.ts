import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Random } from '../../runtime/runtime.ts';

/** Hadoop 3.4's NameNodeLayoutVersion, which DataNodes are told. */
export const NAMENODE_LAYOUT_VERSION = -67;
/** Version of the store: its keys (edits.ts) and files (store.ts). 1 was never released. */
export const CALF_LAYOUT_VERSION = 2;

const CURRENT = 'current';
const FORMATTING = 'current.formatting';
const LOCK_FILE = 'in_use.lock';

/** Who this NameNode is: what `current/VERSION` says. */
export interface NamespaceIdentity {
  readonly namespaceId: number;
  readonly clusterId: string;
  readonly blockPoolId: string;
  readonly cTime: number;
}

/** `file:///a/b` or `/a/b` as a path; of several directories the first. */
export function nameDirectoryOf(property: string): string {
  const first = property.split(',')[0]?.trim() ?? '';
  if (first === '') throw new Error('dfs.namenode.name.dir is empty');
  return path.resolve(first.startsWith('file:') ? fileURLToPath(new URL(first, 'file:///')) : first);
}

export const storePath = (dir: string): string => path.join(dir, CURRENT, 'store');

/**
 * Reads who the directory's NameNode is; undefined when the directory is empty or does not exist.
 * @throws Error with the reason and the way out for a directory that is someone else's or a newer version's
 */
export async function readNameDirectory(dir: string): Promise<NamespaceIdentity | undefined> {
  const entries = await listDirectory(dir);
  if (entries.length === 0) return undefined;
  let text: string;
  try {
    text = await fs.readFile(path.join(dir, CURRENT, 'VERSION'), 'utf8');
  } catch (e) {
    throw new Error(
      `${dir} is not empty and holds no NameNode's metadata (it has ${entries.slice(0, 5).join(', ')}): ` +
        'set dfs.namenode.name.dir to an empty directory',
      { cause: e },
    );
  }
  return parseVersion(dir, text);
}

/** What was left by a format that was cut short doesn't count. */
async function listDirectory(dir: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(dir);
    return entries.filter((e) => e !== FORMATTING && e !== LOCK_FILE && e !== 'lost+found');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`${dir} can't be read: ${(e as Error).message}`, { cause: e });
  }
}

function parseVersion(dir: string, text: string): NamespaceIdentity {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (!line.startsWith('#') && at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const type = values.get('storageType');
  if (type !== 'NAME_NODE') {
    throw new Error(`${dir} belongs to a ${type ?? 'stranger'}: set dfs.namenode.name.dir to an empty directory`);
  }
  const layout = values.get('calfLayoutVersion');
  if (layout === undefined) {
    throw new Error(
      `${dir} is the metadata directory of a Hadoop NameNode (layout ${values.get('layoutVersion') ?? 'unknown'}), ` +
        'which Calf does not read: set dfs.namenode.name.dir to an empty directory and copy the files with distcp',
    );
  }
  if (Number(layout) > CALF_LAYOUT_VERSION) {
    throw new Error(
      `${dir} was written by a newer Calf (layout ${layout}, this one reads up to ${CALF_LAYOUT_VERSION}): ` +
        'run that version, or set dfs.namenode.name.dir to another directory',
    );
  }
  if (Number(layout) < CALF_LAYOUT_VERSION) {
    throw new Error(
      `${dir} was written by an early Calf (layout ${layout}, this one reads ${CALF_LAYOUT_VERSION}): ` +
        'set dfs.namenode.name.dir to an empty directory',
    );
  }
  return {
    namespaceId: Number(values.get('namespaceID')),
    clusterId: values.get('clusterID') ?? '',
    blockPoolId: values.get('blockpoolID') ?? '',
    cTime: Number(values.get('cTime')),
  };
}

/** An identity as Hadoop makes them: `CID-<uuid>`, `BP-<random>-<ip>-<ms>`. */
export function newIdentity(random: Random, ipAddress: string, now: number, clusterId?: string): NamespaceIdentity {
  return {
    namespaceId: 1 + random.nextInt(0x7ffffffe),
    clusterId: clusterId ?? `CID-${random.uuid()}`,
    blockPoolId: `BP-${1 + random.nextInt(0x7ffffffe)}-${ipAddress}-${now}`,
    cTime: now,
  };
}

/** The first address of this machine that others could reach, as block pool ids carry it; else the loopback one. */
export function hostAddress(): string {
  for (const addresses of Object.values(os.networkInterfaces())) {
    const found = addresses?.find((a) => a.family === 'IPv4' && !a.internal);
    if (found !== undefined) return found.address;
  }
  return '127.0.0.1';
}

/**
 * Formats a directory: `fill` makes the store at the path that it is given. The result appears at once or not at all.
 */
export async function formatNameDirectory(
  dir: string,
  identity: NamespaceIdentity,
  fill: (storePath: string) => Promise<void>,
): Promise<void> {
  const temporary = path.join(dir, FORMATTING);
  await fs.rm(temporary, { recursive: true, force: true });
  await fs.mkdir(temporary, { recursive: true });
  await fill(path.join(temporary, 'store'));
  const version = [
    `namespaceID=${identity.namespaceId}`,
    `clusterID=${identity.clusterId}`,
    `blockpoolID=${identity.blockPoolId}`,
    `cTime=${identity.cTime}`,
    'storageType=NAME_NODE',
    `layoutVersion=${NAMENODE_LAYOUT_VERSION}`,
    `calfLayoutVersion=${CALF_LAYOUT_VERSION}`,
    '',
  ];
  await fs.writeFile(path.join(temporary, 'VERSION'), version.join('\n'), { flush: true });
  await fs.rm(path.join(dir, CURRENT), { recursive: true, force: true });
  await fs.rename(temporary, path.join(dir, CURRENT));
  await syncDirectory(dir);
}

/** Says, as Hadoop does, which process uses the directory; the lock itself is the store's. */
export async function writeLockFile(dir: string): Promise<void> {
  await fs.writeFile(path.join(dir, LOCK_FILE), `${process.pid}@${os.hostname()}\n`);
}

export async function removeLockFile(dir: string): Promise<void> {
  await fs.rm(path.join(dir, LOCK_FILE), { force: true });
}
