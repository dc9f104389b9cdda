import { hadoopError } from '../protocol/errors.ts';

/** A replica as one DataNode told of it at the start of a recovery. */
export interface RecoveringReplica {
  readonly state: 'FINALIZED' | 'RBW' | 'RWR' | 'TEMPORARY';
  readonly generationStamp: number;
  readonly numBytes: number;
}

type UsableReplica = { readonly state: keyof typeof RANK };

const RANK = { FINALIZED: 0, RBW: 1, RWR: 2 } as const;

/**
 * Which replicas survive a block recovery, and at what length (Hadoop: BlockRecoveryWorker.syncBlock). A finalized
 * replica settles the length; otherwise the best state wins, and the shortest of those holds what every one of them has.
 *
 * @param minGenerationStamp replicas of older generations missed an update and are left out
 * @returns no participants when there is nothing to keep
 * @throws IOException when finalized replicas differ in length, or there are none but copies under way
 */
export function planRecovery<R extends RecoveringReplica>(
  replicas: readonly R[],
  minGenerationStamp: number,
): { readonly participants: readonly R[]; readonly newLength: number } {
  const candidates = replicas.filter((r) => r.generationStamp >= minGenerationStamp && r.numBytes > 0);
  const usable = candidates.filter((r): r is R & UsableReplica => r.state !== 'TEMPORARY');
  if (candidates.length > 0 && usable.length === 0) {
    throw hadoopError('IOException', `Found ${candidates.length} replica(s) but none is in RWR or better state.`);
  }
  const best = Math.min(...usable.map((r) => RANK[r.state]));
  const ofBest = usable.filter((r) => RANK[r.state] === best);
  const newLength = Math.min(...ofBest.map((r) => r.numBytes));
  if (ofBest.length === 0) return { participants: [], newLength: 0 };
  if (best !== RANK.FINALIZED) return { participants: ofBest, newLength };
  if (ofBest.some((r) => r.numBytes !== newLength)) {
    const lengths = ofBest.map((r) => r.numBytes).join(', ');
    throw hadoopError('IOException', `Inconsistent size of finalized replicas. Lengths: ${lengths}`);
  }
  const whole = usable.filter((r) => r.state === 'RBW' && r.numBytes === newLength);
  return { participants: [...ofBest, ...whole], newLength };
}
