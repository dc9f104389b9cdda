/** The choice between two replicas of one block. Pure. */
import type { Replica } from './replica-state.ts';

/**
 * Returns the replica to keep of two of one block on two volumes: the newer one, then the longer one, then the finalized
 * one, then the one that was found first (Hadoop: BlockPoolSlice.selectReplicaToDelete).
 */
export function replicaToKeep<R extends { readonly state: Replica }>(first: R, second: R): R {
  const [a, b] = [first.state, second.state];
  if (a.generationStamp !== b.generationStamp) return a.generationStamp > b.generationStamp ? first : second;
  if (a.bytesOnDisk !== b.bytesOnDisk) return a.bytesOnDisk > b.bytesOnDisk ? first : second;
  return b.kind === 'FINALIZED' && a.kind !== 'FINALIZED' ? second : first;
}
