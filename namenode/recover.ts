/** `hdfs namenode -recover`: makes a damaged name directory usable again, and tells what is lost. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../runtime/errors.ts';
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
import { compareAge, type Moment, momentText } from './store/store-reading.ts';
import { type Remains, readRemains } from './store/tolerant-reading.ts';
import { verifyStore } from './store/verify-store.ts';

/** The directory of the copy that is read and mended. The store itself stays as it is. */
const WORK = 'current.recovering';

/** A directory that can be read: as a whole, or what is left of it. */
interface Candidate extends Moment {
  readonly dir: string;
  readonly identity: NamespaceIdentity;
  readonly isWhole: boolean;
  /** Whether a NameNode has run on another directory without this one since. */
  readonly isBehind: boolean;
}

/**
 * Recovers the newest directory of dfs.namenode.name.dir that can be read: by its epoch, then by its last transaction; but
 * one without which a NameNode has run is older than all others, whose last moments may be damaged.
 * If that one is whole, nothing is done. The former content stays beside as `current.damaged-<time>`.
 * @param print gets one line for each thing that was found, done or lost
 * @throws Error if a NameNode runs on a directory, or nothing of any can be read
 */
export async function recoverNamespace(options: NameNodeOptions, print: (line: string) => void): Promise<void> {
  const { conf, random, clock, user } = withDefaults({ log: silentLogger, ...options });
  const directories = await examineDirectories(nameDirectoriesOf(conf.get('dfs.namenode.name.dir')));
  const loaderFor = ({ blockPoolId }: NamespaceIdentity) =>
    new NamespaceLoader(namesystemConfig(conf, blockPoolId, new Map()), random, clock.now());
  const candidates: Candidate[] = [];
  for (const { dir, formatted } of directories.filter((directory) => directory.kind === 'formatted')) {
    await checkNotInUse(storePath(dir));
    const { layout, identity } = formatted;
    if (layout !== CALF_LAYOUT_VERSION) {
      throw new Error(`${dir} has layout ${layout}, which can't be recovered: start the NameNode to upgrade it`);
    }
    const found = await examine(dir, loaderFor(identity), print);
    if (found === undefined) continue;
    const behind = await isBehindAny(dir, found.epoch, directories);
    candidates.push({ dir, identity, isBehind: behind, ...found });
    if (behind && found.isWhole) {
      print(`${dir} is whole, but lacks changes that were acknowledged when the NameNode ran without it`);
    }
  }
  const newest = newestOf(candidates);
  if (newest === undefined) throw new Error('No directory of dfs.namenode.name.dir can be read');
  const { dir, identity } = newest;
  if (candidates.length > 1) for (const line of choiceOf(newest, candidates)) print(line);
  if (newest.isWhole) {
    print(`${dir} is whole: start the NameNode, which fills the other directories from it`);
    return;
  }
  const { entries, number, epoch, damaged, findings } = await remainsOf(dir);
  for (const finding of findings) print(finding);
  for (const [key, stored] of damaged) {
    print(`Left out, because its checksum does not fit: ${nameOfKey(entries, key, stored)}`);
  }
  for (const done of mendNamespace(entries, user, conf.get('dfs.permissions.superusergroup'))) print(done);
  const loader = loaderFor(identity);
  for (const [key, value] of entries) loader.add(key, value);
  loader.finish();
  const keepAs = `current.damaged-${new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const content = { number, epoch, pages: [[...entries]] };
  await replaceCurrent(dir, identity, (fresh) => makeStore(fresh, content), keepAs);
  print(`${dir} has ${entries.size} keys again; its former content is ${path.join(dir, keepAs)}`);
  print('Calls that were answered before are forgotten: a client that repeats one runs it again');
}

/** Returns undefined for a directory that the disk does not give, which is told. */
async function examine(
  dir: string,
  loader: NamespaceLoader,
  print: (line: string) => void,
): Promise<(Moment & { readonly isWhole: boolean }) | undefined> {
  try {
    const { epoch, number, findings } = await verifyStore(storePath(dir), silentLogger, loader);
    return { epoch, number, isWhole: findings.length === 0 };
  } catch (notOpened) {
    try {
      const { epoch, number } = await remainsOf(dir);
      return { epoch, number, isWhole: false };
    } catch (e) {
      print(`${dir} can't be read: ${messageOf(notOpened)}; nor can what is left of it: ${messageOf(e)}`);
      return undefined;
    }
  }
}

/** Reads what is left of a directory from a copy: the store itself stays as it is. */
async function remainsOf(dir: string): Promise<Remains> {
  const work = path.join(dir, WORK);
  await fs.rm(work, { recursive: true, force: true });
  try {
    await fs.cp(storePath(dir), work, { recursive: true });
    return await readRemains(work);
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

/** Of directories of the same moment, one that is whole is as good as newer. */
function newestOf(candidates: readonly Candidate[]): Candidate | undefined {
  const age = (a: Candidate, b: Candidate) =>
    Number(a.isBehind) - Number(b.isBehind) || compareAge(b, a) || Number(b.isWhole) - Number(a.isWhole);
  return candidates.toSorted(age)[0];
}

/** Returns the lines that tell which directory is taken, and why. */
function choiceOf(newest: Candidate, candidates: readonly Candidate[]): string[] {
  const reason = (other: Candidate): string => {
    if (other.isBehind && !newest.isBehind) return `was left out: ${momentText(other)}`;
    if (compareAge(newest, other) > 0) return `is older: ${momentText(other)}`;
    return newest.isWhole && !other.isWhole ? 'is of the same moment, and damaged' : 'is of the same moment';
  };
  return [
    `The newest directory is taken: ${newest.dir}, ${momentText(newest)}`,
    ...candidates.filter((other) => other !== newest).map((other) => `Not taken: ${other.dir} ${reason(other)}`),
  ];
}

/** Whether another directory has served without this one since. */
async function isBehindAny(dir: string, epoch: number, all: readonly { readonly dir: string }[]): Promise<boolean> {
  const own = await readAloneMark(storePath(dir));
  for (const other of all) {
    if (other.dir !== dir && isBehind(epoch, own, await readAloneMark(storePath(other.dir)))) return true;
  }
  return false;
}
