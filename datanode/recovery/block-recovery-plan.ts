/** The plan of a block recovery: the replicas that survive, and their length. Pure. */
import { hadoopError } from '../../runtime/errors.ts';

/** A replica as its DataNode has described it at the start of a recovery. */
export interface RecoveringReplica {
  readonly state: 'FINALIZED' | 'RBW' | 'RWR' | 'TEMPORARY';
  readonly generationStamp: number;
  readonly numBytes: number;
}

type UsableReplica = { readonly state: keyof typeof RANK };

const RANK = { FINALIZED: 0, RBW: 1, RWR: 2 } as const;

/**
 * Decides which replicas survive a block recovery, and their length (Hadoop: BlockRecoveryWorker.syncBlock). A finalized
 * replica settles the length; without one, the replicas of the best state do. The shortest RBW replica has all bytes that
 * were acked. The shortest finalized or RWR replica may lack some, because a loss of power can cut a replica: here the
 * longest counts, where Hadoop gives up or takes the shortest.
 *
 * @param minGenerationStamp replicas of older generations have missed an update and are left out
 * @param truncateTo the length that a truncate asks for; an earlier attempt may have cut some replicas already
 * @returns no participants if there is nothing to keep
 * @throws IOException if there are only unfinished copies, or no replica as long as a truncate needs
 */
export function planRecovery<R extends RecoveringReplica>(
  replicas: readonly R[],
  minGenerationStamp: number,
  truncateTo?: number,
): { readonly participants: readonly R[]; readonly newLength: number } {
  const candidates = replicas.filter((r) => r.generationStamp >= minGenerationStamp && r.numBytes > 0);
  const usable = candidates.filter((r): r is R & UsableReplica => r.state !== 'TEMPORARY');
  if (candidates.length > 0 && usable.length === 0) {
    throw hadoopError('IOException', `Found ${candidates.length} replica(s) but none is in RWR or better state.`);
  }
  if (truncateTo !== undefined && usable.length > 0) {
    const participants = usable.filter((r) => r.numBytes >= truncateTo);
    if (participants.length > 0) return { participants, newLength: truncateTo };
    throw hadoopError('IOException', `No replica has the ${truncateTo} bytes that the block is to be truncated to`);
  }
  const best = Math.min(...usable.map((r) => RANK[r.state]));
  const ofBest = usable.filter((r) => RANK[r.state] === best);
  if (ofBest.length === 0) return { participants: [], newLength: 0 };
  const lengths = ofBest.map((r) => r.numBytes);
  if (best === RANK.RBW) return { participants: ofBest, newLength: Math.min(...lengths) };
  const newLength = Math.max(...lengths);
  const whole = usable.filter((r) => r.numBytes === newLength && (r.state === 'RBW' || ofBest.includes(r)));
  return { participants: whole, newLength };
}
