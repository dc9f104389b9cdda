/** The directories of dfs.namenode.name.dir at a start: which one serves, and how the others get its content. */

import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { nothing } from '../../runtime/promises.ts';
import { type AloneMark, isBehind, readAloneMark } from './alone-marker.ts';
import { catchUp, type Lag, lagOf } from './catch-up.ts';
import { openLevel } from './level/level-database.ts';
import { type CopySource, copyStore } from './make-store.ts';
import {
  closeToOthers,
  DamagedDirectory,
  exists,
  type FormattedDirectory,
  type NamespaceIdentity,
  readNameDirectory,
  replaceCurrent,
  storePath,
  UnreadableDirectory,
} from './name-directory.ts';
import { NamespaceStore, type StoreOptions } from './store.ts';
import { DamagedStore, findCheckedStore, openFailure, UnreadableStore } from './store-check.ts';
import { type LoadedStore, loadStore } from './store-opening.ts';
import { compareAge, type FoundStore, findStore, momentText } from './store-reading.ts';
import { upgradeIfOlder } from './upgrade.ts';

/** Makes the state of a NameNode from the keys of its store. */
export interface Loader<T> {
  add(key: string, value: string): void;
  /** @throws Error that names the contradiction among the keys */
  finish(): T;
}

/** A directory as a start finds it. */
export type NameDirectory =
  | { readonly kind: 'formatted'; readonly dir: string; readonly formatted: FormattedDirectory }
  | { readonly kind: 'empty'; readonly dir: string }
  | { readonly kind: 'missing'; readonly dir: string }
  | { readonly kind: 'damaged' | 'unreadable'; readonly dir: string; readonly error: Error };

/**
 * Looks at each directory.
 * @throws Error for a directory of another program, and for directories of different namespaces
 */
export async function examineDirectories(dirs: readonly string[]): Promise<NameDirectory[]> {
  const examined = await Promise.all(dirs.map(examine));
  const [first, ...others] = examined.filter((one) => one.kind === 'formatted');
  for (const other of others) {
    if (first === undefined || JSON.stringify(other.formatted.identity) === JSON.stringify(first.formatted.identity))
      continue;
    throw new Error(
      `${first.dir} and ${other.dir} hold different namespaces ` +
        `(${first.formatted.identity.clusterId}, ${other.formatted.identity.clusterId}): ` +
        'take one of them out of dfs.namenode.name.dir',
    );
  }
  return examined;
}

async function examine(dir: string): Promise<NameDirectory> {
  try {
    const formatted = await readNameDirectory(dir);
    if (formatted !== undefined) return { kind: 'formatted', dir, formatted };
    return { kind: (await exists(dir)) ? 'empty' : 'missing', dir };
  } catch (error) {
    if (error instanceof DamagedDirectory) return { kind: 'damaged', dir, error };
    if (error instanceof UnreadableDirectory) return { kind: 'unreadable', dir, error };
    throw error;
  }
}

interface Filling {
  readonly error?: unknown;
  readonly keepAs?: string;
}

/** The treatment of a directory that does not serve as it is. */
interface Plan {
  /** Directories to fill: their damage, and the name under which their content stays, if it is to stay. */
  readonly fill: Map<string, Filling>;
  /** Directories that fell behind and can be brought up to date from the journal. Their databases are open. */
  readonly catchUp: Map<string, Lag>;
  /** Directories that are left alone, with the reason. */
  readonly without: Map<string, string>;
}

/**
 * Opens the newest directory that is whole, loads it, and fills the others from it.
 * @param newLoader makes a loader for each directory that is tried
 * @throws Error of the first directory if none can be used; Error if another NameNode has one open
 */
export async function openNameDirectories<T>(
  directories: readonly NameDirectory[],
  options: StoreOptions & { readonly log: Logger; readonly nowMs: number },
  newLoader: (identity: NamespaceIdentity) => Loader<T>,
): Promise<{ store: NamespaceStore; state: T; identity: NamespaceIdentity }> {
  const { log } = options;
  const stamp = new Date(options.nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const identity = identityOf(directories);
  const plan: Plan = { fill: new Map(), catchUp: new Map(), without: new Map() };
  const errors: unknown[] = [];
  const giveUp = (dir: string, error: unknown): void => {
    errors.push(error);
    const isDamaged = error instanceof DamagedStore || error instanceof DamagedDirectory;
    if (isDamaged) plan.fill.set(dir, { error, keepAs: `current.damaged-${stamp}` });
    else if (error instanceof UnreadableStore || error instanceof UnreadableDirectory)
      plan.without.set(dir, messageOf(error));
    else throw error;
  };
  const found = new Map<string, FoundStore>();
  try {
    for (const directory of directories) {
      const { dir } = directory;
      if (directory.kind === 'empty') plan.fill.set(dir, {});
      else if (directory.kind === 'missing') plan.without.set(dir, 'it does not exist');
      else if (directory.kind !== 'formatted') giveUp(dir, directory.error);
      else {
        try {
          await upgradeIfOlder(dir, directory.formatted, log);
          await closeToOthers(dir);
          found.set(dir, await findCheckedStore(storePath(dir), log, options.openDatabase ?? openLevel));
        } catch (error) {
          giveUp(dir, error);
        }
      }
    }
    const behind = await takeThoseBehind(directories, found);
    for (const dir of behind) plan.fill.set(dir, {});
    const served = await loadNewest(found, options, () => newLoader(identity), giveUp);
    if (served === undefined) throw behind.length === 0 ? errors[0] : noneServes(errors[0], behind);
    const { loaded, state } = served;
    const twins = await choose(loaded.found, found, plan, stamp);
    for (const { db } of [loaded.found, ...twins]) for (const [dir, one] of found) if (one.db === db) found.delete(dir);
    const fill = (source: CopySource) => fillAll(plan, { identity, stamp }, source, options);
    const store = await NamespaceStore.start(loaded, options, { twins, fill });
    return { store, state, identity };
  } finally {
    for (const { db } of found.values()) await db.close();
  }
}

function identityOf(directories: readonly NameDirectory[]): NamespaceIdentity {
  for (const directory of directories) if (directory.kind === 'formatted') return directory.formatted.identity;
  throw new Error('no name directory is formatted');
}

/**
 * Takes out the directories that another one has served without: they lack changes that were acknowledged. They are not
 * brought up to date from the journal, but copied whole: after a failed write nobody knows what their disk has.
 * @returns the directories, whose databases are closed
 */
async function takeThoseBehind(
  directories: readonly NameDirectory[],
  found: Map<string, FoundStore>,
): Promise<string[]> {
  const marks = new Map<string, AloneMark | undefined>();
  for (const { dir } of directories) marks.set(dir, await readAloneMark(storePath(dir)));
  const behind = [...found].filter(([dir, { epoch }]) =>
    [...marks].some(([other, mark]) => other !== dir && isBehind(epoch, marks.get(dir), mark)),
  );
  for (const [dir, { db }] of behind) {
    found.delete(dir);
    await db.close();
  }
  return behind.map(([dir]) => dir);
}

/** Returns the error for directories that are all damaged, but for those that lack something. */
function noneServes(error: unknown, behind: readonly string[]): Error {
  const others = behind.join(', ');
  const reason = `${others} can't take its place: the NameNode ran without it, and it lacks changes that were acknowledged`;
  const wayOut = `To give these up, take the damaged directory out of dfs.namenode.name.dir`;
  return new Error(`${messageOf(error)}. ${reason}. ${wayOut}`, { cause: error });
}

/** Loads the newest directory whose keys are whole. Returns undefined if there is none. */
async function loadNewest<T>(
  found: Map<string, FoundStore>,
  options: StoreOptions,
  newLoader: () => Loader<T>,
  giveUp: (dir: string, error: unknown) => void,
): Promise<{ loaded: LoadedStore; state: T } | undefined> {
  const newestFirst = [...found].sort(([, a], [, b]) => compareAge(b, a));
  let newer: { readonly dir: string; readonly store: FoundStore; readonly error: unknown } | undefined;
  for (const [dir, one] of newestFirst) {
    if (newer !== undefined && compareAge(newer.store, one) > 0) throw lossOf(newer, dir, one);
    try {
      const loader = newLoader();
      const loaded = await loadStore(one, (key, value) => loader.add(key, value), options);
      return { loaded, state: loader.finish() };
    } catch (e) {
      found.delete(dir);
      await one.db.close();
      const error = openFailure(one.path, e);
      giveUp(dir, error);
      newer ??= { dir, store: one, error };
    }
  }
  return undefined;
}

/** An older directory does not serve in place of a damaged one: changes that were acknowledged would be lost unseen. */
function lossOf(
  newer: { readonly dir: string; readonly store: FoundStore; readonly error: unknown },
  dir: string,
  older: FoundStore,
): Error {
  return new Error(
    `${newer.dir} is damaged and newer (${momentText(newer.store)}) than ${dir} (${momentText(older)}), so that changes ` +
      `would be lost: save what is left with \`hdfs namenode -recover\`, or take ${newer.dir} out of ` +
      `dfs.namenode.name.dir to give them up: ${messageOf(newer.error)}`,
    { cause: newer.error },
  );
}

/** Returns the directories that have the same content as the one that serves, and plans the treatment of the others. */
async function choose(
  served: FoundStore,
  found: Map<string, FoundStore>,
  plan: Plan,
  stamp: string,
): Promise<FoundStore[]> {
  const { fill } = plan;
  const twins: FoundStore[] = [];
  for (const [dir, one] of found) {
    if (one === served) continue;
    const isSame = one.epoch === served.epoch && one.number === served.number && hasSameHead(one, served);
    const damage = isSame ? await damageOf(one) : undefined;
    if (damage !== undefined) fill.set(dir, { error: damage, keepAs: `current.damaged-${stamp}` });
    else if (isSame) twins.push(one);
    else {
      // A directory of the same epoch is behind by the last moments before a crash: all that it has, the other one has.
      const lag = lagOf(one, served);
      if (lag !== undefined) plan.catchUp.set(dir, lag);
      else fill.set(dir, one.epoch === served.epoch ? {} : { keepAs: `current.old-${stamp}` });
    }
  }
  for (const [dir, one] of found) if (fill.has(dir)) await one.db.close();
  return twins;
}

const hasSameHead = (a: FoundStore, b: FoundStore): boolean =>
  a.head.number === b.head.number && JSON.stringify(a.head.digest) === JSON.stringify(b.head.digest);

async function damageOf(found: FoundStore): Promise<unknown> {
  try {
    await loadStore(found, nothing);
    return undefined;
  } catch (e) {
    return e;
  }
}

/** Fills directories, or brings them up to date. One where that fails is left out. */
async function fillAll(
  { fill, catchUp: lags, without }: Plan,
  { identity, stamp }: { readonly identity: NamespaceIdentity; readonly stamp: string },
  source: CopySource,
  { log, openDatabase = openLevel }: StoreOptions & { readonly log: Logger },
): Promise<{ filled: FoundStore[]; failed: ReadonlyMap<string, string> }> {
  const filled: FoundStore[] = [];
  const failed = new Map<string, string>();
  for (const [dir, reason] of without) {
    log.warn({ dir, reason }, 'The NameNode runs without this name directory');
    failed.set(storePath(dir), reason);
  }
  for (const [dir, lag] of lags) {
    const left = await catchUpOrFill(dir, lag, source, stamp, log);
    if (left !== undefined) fill.set(dir, left);
    else filled.push(await findStore(storePath(dir), openDatabase));
  }
  for (const [dir, { error, keepAs }] of fill) {
    try {
      await replaceCurrent(dir, identity, (fresh) => copyStore(fresh, source, { openDatabase }), keepAs);
      filled.push(await findStore(storePath(dir), openDatabase));
      log.warn({ dir, err: error, kept: keepAs }, 'Filled this name directory with the content of another one');
    } catch (err) {
      log.error({ err, dir }, "This name directory can't be filled: the NameNode runs without it");
      failed.set(storePath(dir), messageOf(err));
    }
  }
  return { filled, failed };
}

/** Brings a directory up to date and closes its database. Returns how it is to be filled if it must be copied whole. */
async function catchUpOrFill(
  dir: string,
  lag: Lag,
  source: CopySource,
  stamp: string,
  log: Logger,
): Promise<Filling | undefined> {
  const { behind, missing } = lag;
  try {
    if (!(await catchUp(lag, source))) return { keepAs: `current.old-${stamp}` };
    const [from, to] = [behind.number, source.number];
    log.info({ dir, from, to, batches: missing.length }, 'Brought this name directory up to date from the journal');
    return undefined;
  } catch (error) {
    return { error, keepAs: `current.damaged-${stamp}` };
  } finally {
    await behind.db.close();
  }
}
