/** Forgets a replica whose files somebody has removed. */

import { lengthIfThere } from '../../runtime/files/file-io.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { DatanodeContext } from './datanode-context.ts';

/**
 * Forgets a finalized replica whose block file is gone, though this DataNode did not delete it, and tells the NameNode.
 * Does nothing if the file is there.
 * @throws the failure of the disk if that can't be seen
 */
export async function forgetVanished(
  { store, events, log }: Pick<DatanodeContext, 'store' | 'events' | 'log'>,
  stored: StoredReplica,
): Promise<void> {
  if (stored.state.kind !== 'FINALIZED') return;
  const length = await stored.exclusive(() => lengthIfThere(stored.paths.data));
  if (length !== undefined) return;
  log.warn({ block: stored.name, file: stored.paths.data }, 'the block file has vanished');
  await store.remove(stored);
  events.deleted(stored);
}
