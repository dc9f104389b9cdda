/** The limits of second attempts of slow tasks. */
import type { TaskKind } from '../../job/job-id.ts';

/** The properties mapreduce.job.speculative.*. */
export interface SpeculationLimits {
  /** mapreduce.map.speculative, mapreduce.reduce.speculative. */
  readonly kinds: Readonly<Record<TaskKind, boolean>>;
  /** A task is slow if it takes longer than the mean and this number of standard deviations. */
  readonly slowTaskThreshold: number;
  /** Shares of the running tasks, and of all tasks, that may have a second attempt. */
  readonly runningShare: number;
  readonly totalShare: number;
  /** As many may have one in any case. */
  readonly allowedMin: number;
  readonly retryAfterNoSpeculateMs: number;
  readonly retryAfterSpeculateMs: number;
}
