/** Checks the replication that a client requests (BlockManager.verifyReplication). */
import { hadoopError } from '../../runtime/errors.ts';
import type { BlockManagerState } from './block-state.ts';

/**
 * Refuses a replication outside of the limits.
 * @throws IOException if the replication is not within dfs.namenode.replication.min … dfs.replication.max
 */
export function verifyReplication(s: BlockManagerState, path: string, replication: number, client?: string): void {
  let fault: string | undefined;
  if (replication > s.config.replicationMax) fault = `exceeds maximum of ${s.config.replicationMax}`;
  else if (replication < s.config.replicationMin) {
    fault = `is less than the required minimum of ${s.config.replicationMin}`;
  }
  if (fault === undefined) return;
  const by = client === undefined ? '' : `, clientName=${client}`;
  throw hadoopError('IOException', `Requested replication factor of ${replication} ${fault} for ${path}${by}`);
}
