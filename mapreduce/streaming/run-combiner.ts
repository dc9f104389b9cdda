/** Jobs whose combiner takes a whole sorted run of pairs, not the values of one key. */
import type { AnyJob } from '../api/api.ts';
import type { Groups } from './combiner.ts';
import type { Emit } from './kinds.ts';

export interface RunCombiner {
  /** Takes the sorted pairs of one partition, and gives pairs in their place. */
  combineRun(groups: Groups, emit: Emit): void;
}

/** Whether the job has such a combiner. */
export const isRunCombiner = (job: AnyJob): job is AnyJob & RunCombiner => 'combineRun' in job;
