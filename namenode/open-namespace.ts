/** The NameNode's start on the disk: formats empty name directories, and loads the namespace. */
import v8 from 'node:v8';
import { type RetryCacheLimits, retryCacheLimits } from '../protocol/rpc/retry-cache.ts';
import type { Closers } from '../runtime/closers.ts';
import { lockDirectory } from '../runtime/files/in-use-lock.ts';
import { formatNamespace } from './format.ts';
import { NamespaceLoader } from './namesystem/load.ts';
import type { NamesystemConfig } from './namesystem/namesystem-config.ts';
import type { NamesystemState } from './namesystem/state.ts';
import type { NameNodeOptions } from './options.ts';
import { examineDirectories, type NameDirectory, openNameDirectories } from './store/name-directories.ts';
import { type NamespaceIdentity, nameDirectoriesOf, nameDirectoryOfStore } from './store/name-directory.ts';
import type { NamespaceStore } from './store/store.ts';
import type { NameDirectoryState } from './web/name-directories.ts';

/** A namespace that was loaded, and the store that keeps it. */
export interface OpenNamespace {
  readonly identity: NamespaceIdentity;
  readonly store: NamespaceStore;
  readonly state: NamesystemState;
  readonly cacheLimits: RetryCacheLimits;
}

/**
 * Loads the namespace of dfs.namenode.name.dir. `closers` gets what closes the store.
 * @param configOf makes the settings for the namespace with a block pool
 * @throws Error with the reason and the way out
 */
export async function openNamespace(
  options: Required<NameNodeOptions>,
  closers: Closers,
  configOf: (blockPoolId: string) => NamesystemConfig,
): Promise<OpenNamespace> {
  const { conf, log, clock, random } = options;
  const directories = await formattedDirectories(options);
  const cacheLimits = retryCacheLimits(conf, v8.getHeapStatistics().heap_size_limit);
  const startedMs = clock.monotonicMs();
  const { store, state, identity } = await openNameDirectories(
    directories,
    {
      retryCacheLimits: cacheLimits,
      clock,
      log,
      nowMs: clock.now(),
      onDirectoryFailed: (path, err) => {
        const dir = nameDirectoryOfStore(path);
        log.error({ err, dir }, 'The NameNode goes on without this name directory until it starts again');
      },
    },
    ({ blockPoolId }) => new NamespaceLoader(configOf(blockPoolId), random, clock.now()),
  );
  const { active } = store.directories;
  closers.add(() => store.close());
  // The store has a lock of its own, and is open now. This one keeps out whatever locks a directory as Hadoop does.
  for (const path of active) {
    closers.add(await lockDirectory(nameDirectoryOfStore(path), (message) => log.warn(message)));
  }
  const { fileCount, directoryCount } = state.namespace.tree;
  const ms = Math.round(clock.monotonicMs() - startedMs);
  log.info({ fileCount, directoryCount, epoch: store.epoch, ms }, 'Namespace loaded');
  return { identity, store, state, cacheLimits };
}

/** Returns the name directories, of which at least one is formatted. If all are empty or missing, they are formatted. */
async function formattedDirectories(options: Required<NameNodeOptions>): Promise<NameDirectory[]> {
  const dirs = nameDirectoriesOf(options.conf.get('dfs.namenode.name.dir'));
  const directories = await examineDirectories(dirs);
  if (directories.some(({ kind }) => kind === 'formatted')) return directories;
  for (const directory of directories) if ('error' in directory) throw directory.error;
  await formatNamespace(options);
  options.log.info({ dirs }, 'Formatted the empty name directory');
  return examineDirectories(dirs);
}

/** Returns the state of each name directory, those that take part first. */
export function nameDirectoryStates(store: NamespaceStore): NameDirectoryState[] {
  const { syncedNumbers, failed } = store.directories;
  return [
    ...[...syncedNumbers].map(([path, syncedNumber]) => ({
      dir: nameDirectoryOfStore(path),
      state: 'active' as const,
      lastSyncedTransactionId: syncedNumber,
    })),
    ...[...failed].map(([path, { reason, syncedNumber }]) => ({
      dir: nameDirectoryOfStore(path),
      state: 'failed' as const,
      lastSyncedTransactionId: syncedNumber ?? null,
      reason,
    })),
  ];
}
