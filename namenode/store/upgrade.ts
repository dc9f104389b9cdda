/** Makes a store of today's layout from a store of an older layout, once, when the NameNode starts. */

import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { readLayout2 } from './layout-2.ts';
import { databasePath, openLevel } from './level/level-database.ts';
import { makeStore } from './make-store.ts';
import { CALF_LAYOUT_VERSION, type FormattedDirectory, replaceCurrent, storePath } from './name-directory.ts';
import { checkStore, damagedStore, isInUse } from './store-check.ts';

/**
 * Upgrades a name directory if its store has an older layout. After a crash the directory has one store or the other.
 * @throws Error if another NameNode has the store open, or it is damaged
 */
export async function upgradeIfOlder(
  dir: string,
  { identity, layout }: FormattedDirectory,
  log: Logger,
): Promise<void> {
  if (layout === CALF_LAYOUT_VERSION) return;
  const path = storePath(dir);
  await checkStore(path, log);
  const db = await openLevel(databasePath(path));
  try {
    const { number, pages } = await readLayout2(path, db);
    await replaceCurrent(dir, identity, (fresh) => makeStore(fresh, { number, epoch: 0, pages }));
  } catch (e) {
    throw isInUse(e) ? e : damagedStore(path, messageOf(e), e);
  } finally {
    await db.close();
  }
  log.info({ dir, from: layout, to: CALF_LAYOUT_VERSION }, 'Upgraded the store: an older Calf refuses it from now on');
}
