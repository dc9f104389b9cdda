/** Makes an empty namespace, for `hdfs namenode -format` and for the first start. */
import { formatChanges } from './namesystem/load.ts';
import { type NameNodeOptions, withDefaults } from './options.ts';
import { EMPTY_STORE, makeStore } from './store/make-store.ts';
import {
  hostAddress,
  type NamespaceIdentity,
  nameDirectoryOf,
  newIdentity,
  readNameDirectory,
  replaceCurrent,
  storePath,
} from './store/name-directory.ts';
import { refuseFormat } from './store/refuse-format.ts';
import { NamespaceStore } from './store/store.ts';
import { checkNotInUse } from './store/store-check.ts';

/**
 * Makes an empty namespace in dfs.namenode.name.dir, in place of the namespace of ours that is there.
 * @throws Error for a directory that another program wrote, and for one that a running NameNode uses
 */
export async function formatNamespace(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
  const { conf, clock, random, user } = withDefaults(options);
  const dir = nameDirectoryOf(conf.get('dfs.namenode.name.dir'));
  const isFormatted = (await readNameDirectory(dir)) !== undefined;
  refuseFormat(conf, isFormatted);
  if (isFormatted) await checkNotInUse(storePath(dir));
  const identity = newIdentity(random, hostAddress(), clock.now(), options.clusterId);
  await replaceCurrent(dir, identity, async (path) => {
    await makeStore(path, EMPTY_STORE);
    const store = await NamespaceStore.open(path);
    try {
      await store.commit(formatChanges(user, conf.get('dfs.permissions.superusergroup')), 1);
    } finally {
      await store.close();
    }
  });
  return identity;
}
