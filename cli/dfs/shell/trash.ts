/** The trash of a user: moving paths to it, and deleting old ones (TrashPolicyDefault of Hadoop). */
import type { FileSystem } from '../../../client/filesystem/file-system.ts';
import type { Configuration } from '../../../conf/configuration.ts';
import { baseName, parentPath } from '../../../protocol/path.ts';
import { type HadoopError, hadoopError, isHadoopError, messageOf } from '../../../runtime/errors.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import { isLocal } from '../paths/file-systems.ts';
import { PathData } from '../paths/path-data.ts';

const CURRENT = 'Current';
const TRASH_PERMISSION = 0o700;

/** Returns the minutes that trash is kept, 0 for no trash. The NameNode's setting is stronger than the client's. */
export async function trashIntervalMinutes(fs: FileSystem, conf: Configuration): Promise<number> {
  const own = conf.get('fs.trash.interval');
  const { getServerDefaults } = fs as { getServerDefaults?: () => Promise<{ trashInterval?: number }> };
  if (!getServerDefaults) return own;
  const { trashInterval } = await getServerDefaults.call(fs);
  return trashInterval || own;
}

/** Returns `/user/NAME/.Trash`. */
function trashRoot(fs: FileSystem): string {
  return `${fs.homeDirectory}/.Trash`;
}

/**
 * Moves a path to `.Trash/Current` of its user, below its own parents.
 * @returns the new path; undefined for a path in the trash, which the caller deletes
 * @throws HadoopError
 */
export async function moveToTrash(item: PathData, clock: Clock): Promise<string | undefined> {
  const root = trashRoot(item.fs);
  if (item.path.startsWith(root)) return undefined;
  if (`${item.fs.homeDirectory}/`.startsWith(item.path === '/' ? '/' : `${item.path}/`)) {
    throw refusal(`Cannot move "${item.qualified}" to the trash, as it contains the trash`);
  }
  try {
    return await move(item, `${root}/${CURRENT}`, clock);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) throw e;
    throw refusal(`Failed to move ${item.qualified} to trash ${root}/${CURRENT}: ${messageOf(e)}`);
  }
}

async function move(item: PathData, current: string, clock: Clock): Promise<string> {
  const parent = await makeParents(item.fs, current, parentPath(item.path), clock);
  let target = `${parent}/${baseName(item.path)}`;
  const wanted = target;
  while ((await PathData.lookUp(item.fs, target)).exists) target = `${wanted}${clock.now()}`;
  await item.fs.renameStrict(item.path, target, { toTrash: true });
  return target;
}

/** Makes the parents in the trash. A directory whose name an older file in the trash has gets a time after its name. */
async function makeParents(fs: FileSystem, current: string, parent: string, clock: Clock): Promise<string> {
  let directory = parent === '/' ? current : current + parent;
  for (;;) {
    try {
      await fs.mkdirs(directory, TRASH_PERMISSION);
      return directory;
    } catch (e) {
      const isFile = isHadoopError(e, 'FileAlreadyExistsException') || isHadoopError(e, 'ParentNotDirectoryException');
      if (!isFile) throw e;
      const file = await nearestExisting(fs, directory);
      directory = directory.replace(file, `${file}${clock.now()}`);
    }
  }
}

async function nearestExisting(fs: FileSystem, path: string): Promise<string> {
  let at = path;
  while (at !== '/' && !(await PathData.lookUp(fs, at)).exists) at = parentPath(at);
  return at;
}

function refusal(message: string): HadoopError {
  return hadoopError('IOException', `${message}. Consider using -skipTrash option`);
}

/** Renames `Current` to the time of now: such a checkpoint is deleted when it is old enough. */
export async function checkpointTrash(fs: FileSystem, now: number): Promise<void> {
  const root = trashRoot(fs);
  if (!(await PathData.lookUp(fs, `${root}/${CURRENT}`)).exists) return;
  const name = checkpointName(now);
  for (let attempt = 0; ; attempt++) {
    try {
      await fs.renameStrict(`${root}/${CURRENT}`, `${root}/${name}${attempt ? `-${attempt}` : ''}`);
      return;
    } catch (e) {
      if (!isHadoopError(e, 'FileAlreadyExistsException') || attempt > 1000) throw e;
    }
  }
}

/** Deletes checkpoints: those older than the interval, or all with `immediately`. */
export async function expungeTrash(
  fs: FileSystem,
  now: number,
  intervalMs: number,
  immediately: boolean,
): Promise<void> {
  const root = await PathData.lookUp(fs, trashRoot(fs));
  if (!root.exists || isLocal(fs)) return;
  for (const item of await root.sortedEntries()) {
    const time = checkpointTime(baseName(item.path));
    if (time !== undefined && (immediately || now - intervalMs > time)) await fs.delete(item.path, true);
  }
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Returns `yyMMddHHmmss` in local time. */
function checkpointName(now: number): string {
  const t = new Date(now);
  const date = two(t.getFullYear() % 100) + two(t.getMonth() + 1) + two(t.getDate());
  return date + two(t.getHours()) + two(t.getMinutes()) + two(t.getSeconds());
}

function checkpointTime(name: string): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:-\d+)?$/.exec(name);
  if (!match) return undefined;
  const [, y, mo, d, h, mi, s = '0'] = match;
  return new Date(2000 + Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)).getTime();
}
