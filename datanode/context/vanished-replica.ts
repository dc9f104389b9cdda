/** Forgets a replica whose files somebody has removed. */
import fs from 'node:fs/promises';
import { errorCode } from '../../runtime/errors.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { DatanodeContext } from './datanode-context.ts';

/**
 * Forgets a finalized replica whose block file is gone, though this DataNode did not delete it, and tells the NameNode.
 * Does nothing if the file is there.
 */
export async function forgetVanished(
  { store, events, log }: Pick<DatanodeContext, 'store' | 'events' | 'log'>,
  stored: StoredReplica,
): Promise<void> {
  if (stored.state.kind !== 'FINALIZED' || !(await stored.exclusive(() => isGone(stored.paths.data)))) return;
  log.warn({ block: stored.name, file: stored.paths.data }, 'the block file has vanished');
  await store.remove(stored);
  events.deleted(stored);
}

async function isGone(file: string): Promise<boolean> {
  try {
    await fs.access(file);
    return false;
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return true;
    throw e;
  }
}
