/** `hdfs namenode -recover`: makes a damaged name directory usable again, and tells what is lost. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '../runtime/log.ts';
import { NamespaceLoader } from './namesystem/load.ts';
import { namesystemConfig } from './namesystem/namesystem-config.ts';
import { type NameNodeOptions, withDefaults } from './options.ts';
import { isBehind, readAloneMark } from './store/alone-marker.ts';
import { makeStore } from './store/make-store.ts';
import { mendNamespace, nameOfKey } from './store/mend-namespace.ts';
import { examineDirectories } from './store/name-directories.ts';
import {
  CALF_LAYOUT_VERSION,
  type NamespaceIdentity,
  nameDirectoriesOf,
  replaceCurrent,
  storePath,
} from './store/name-directory.ts';
import { checkNotInUse } from './store/store-check.ts';
import { readRemains } from './store/tolerant-reading.ts';
import { verifyStore } from './store/verify-store.ts';

/** The directory of the copy that is read and mended. The store itself stays as it is. */
const WORK = 'current.recovering';

/**
 * Recovers the first directory of dfs.namenode.name.dir that can be read, unless a directory is whole: that one serves
 * already. The former content stays beside as `current.damaged-<time>`.
 * @param print gets one line for each thing that was found, done or lost
 * @throws Error if a NameNode runs on the directory, or nothing of it can be read
 */
export async function recoverNamespace(options: NameNodeOptions, print: (line: string) => void): Promise<void> {
  const { conf, random, clock, user } = withDefaults({ log: silentLogger, ...options });
  const directories = await examineDirectories(nameDirectoriesOf(conf.get('dfs.namenode.name.dir')));
  const formatted = directories.filter((directory) => directory.kind === 'formatted');
  const loaderFor = ({ blockPoolId }: NamespaceIdentity) =>
    new NamespaceLoader(namesystemConfig(conf, blockPoolId, new Map()), random, clock.now());
  const behind = new Set<string>();
  for (const { dir, formatted: found } of formatted) {
    await checkNotInUse(storePath(dir));
    if (found.layout !== CALF_LAYOUT_VERSION) {
      throw new Error(`${dir} has layout ${found.layout}, which can't be recovered: start the NameNode to upgrade it`);
    }
    const epoch = await epochIfWhole(dir, loaderFor(found.identity));
    if (epoch === undefined) continue;
    if (!(await isBehindAny(dir, epoch, directories))) {
      print(`${dir} is whole: start the NameNode, which fills the other directories from it`);
      return;
    }
    print(`${dir} is whole, but lacks changes that were acknowledged when the NameNode ran without it`);
    behind.add(dir);
  }
  const first = formatted.find(({ dir }) => !behind.has(dir));
  if (first === undefined) throw new Error('No directory of dfs.namenode.name.dir has a VERSION that can be read');
  const { dir } = first;
  const work = path.join(dir, WORK);
  await fs.rm(work, { recursive: true, force: true });
  try {
    await fs.cp(storePath(dir), work, { recursive: true });
    const { entries, number, epoch, damaged, findings } = await readRemains(work);
    for (const finding of findings) print(finding);
    for (const [key, stored] of damaged) {
      print(`Left out, because its checksum does not fit: ${nameOfKey(entries, key, stored)}`);
    }
    for (const done of mendNamespace(entries, user, conf.get('dfs.permissions.superusergroup'))) print(done);
    const loader = loaderFor(first.formatted.identity);
    for (const [key, value] of entries) loader.add(key, value);
    loader.finish();
    const keepAs = `current.damaged-${new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')}`;
    const content = { number, epoch, pages: [[...entries]] };
    await replaceCurrent(dir, first.formatted.identity, (fresh) => makeStore(fresh, content), keepAs);
    print(`${dir} has ${entries.size} keys again; its former content is ${path.join(dir, keepAs)}`);
    print('Calls that were answered before are forgotten: a client that repeats one runs it again');
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

/** Returns the start that a directory is of; undefined if it is damaged. */
async function epochIfWhole(dir: string, loader: NamespaceLoader): Promise<number | undefined> {
  try {
    const { findings, epoch } = await verifyStore(storePath(dir), silentLogger, loader);
    return findings.length === 0 ? epoch : undefined;
  } catch {
    return undefined;
  }
}

/** Whether another directory has served without this one since. */
async function isBehindAny(dir: string, epoch: number, all: readonly { readonly dir: string }[]): Promise<boolean> {
  const own = await readAloneMark(storePath(dir));
  for (const other of all) {
    if (other.dir !== dir && isBehind(epoch, own, await readAloneMark(storePath(other.dir)))) return true;
  }
  return false;
}
