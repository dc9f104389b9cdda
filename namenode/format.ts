/** Makes an empty namespace, for `hdfs namenode -format` and for the first start. */
import { formatChanges } from './namesystem/load.ts';
import { type NameNodeOptions, withDefaults } from './options.ts';
import { EMPTY_STORE, makeStore } from './store/make-store.ts';
import {
  DamagedDirectory,
  hostAddress,
  type NamespaceIdentity,
  nameDirectoriesOf,
  newIdentity,
  readNameDirectory,
  replaceCurrent,
  storePath,
} from './store/name-directory.ts';
import { refuseFormat } from './store/refuse-format.ts';
import { NamespaceStore } from './store/store.ts';
import { checkNotInUse } from './store/store-check.ts';

/**
 * Makes an empty namespace in every directory of dfs.namenode.name.dir, in place of the namespace of ours that is there.
 * @throws Error for a directory that another program wrote, and for one that a running NameNode uses
 */
export async function formatNamespace(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
  const { conf, clock, random, user } = withDefaults(options);
  const dirs = nameDirectoriesOf(conf.get('dfs.namenode.name.dir'));
  const formatted: string[] = [];
  for (const dir of dirs) if (await isFormatted(dir)) formatted.push(dir);
  refuseFormat(conf, formatted.length > 0);
  for (const dir of formatted) await checkNotInUse(storePath(dir));
  const identity = newIdentity(random, hostAddress(), clock.now(), options.clusterId);
  const first = formatChanges(user, conf.get('dfs.permissions.superusergroup'));
  for (const dir of dirs) {
    await replaceCurrent(dir, identity, async (path) => {
      await makeStore(path, EMPTY_STORE);
      const store = await NamespaceStore.open(path);
      try {
        await store.commit(first, 1);
      } finally {
        await store.close();
      }
    });
  }
  return identity;
}

/** Whether a directory holds a namespace, be it damaged. @throws Error for a directory that another program wrote */
async function isFormatted(dir: string): Promise<boolean> {
  try {
    return (await readNameDirectory(dir)) !== undefined;
  } catch (e) {
    if (e instanceof DamagedDirectory) return true;
    throw e;
  }
}
