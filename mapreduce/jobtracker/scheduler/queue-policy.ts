/** Picks the job that gets a tracker's free slots: the extension point for queues, and the policy that is in use. */
import type { TaskKind } from '../../job/job-id.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Task } from './task.ts';
import { freeSlots, type Tracker } from './tracker-table.ts';

/** A runnable job with the tasks of it that wait for a slot. */
export interface WaitingJob {
  readonly job: ScheduledJob;
  readonly waiting: Record<TaskKind, readonly Task[]>;
}

/**
 * As Hadoop's TaskScheduler, which is asked for one tracker at a time. The scheduler asks for every tracker with a free
 * slot, gives the first job in `jobs` that is named the slots of the trackers that named it, and asks again.
 */
export interface QueuePolicy {
  /** Returns the job that is to have the tracker's free slots; undefined if the slots are to stay free. */
  next(jobs: readonly WaitingJob[], tracker: Tracker): WaitingJob | undefined;
}

/** First in, first out, as Hadoop's JobQueueTaskScheduler: the oldest job that has a task for a free slot. */
export const fifo: QueuePolicy = {
  next: (jobs, tracker) => jobs.find((job) => canUse(job, tracker)),
};

/** Whether a task of the job waits for a slot of a kind that the tracker has free. */
export function canUse({ waiting }: WaitingJob, tracker: Tracker): boolean {
  return (['MAP', 'REDUCE'] as const).some((kind) => waiting[kind].length > 0 && freeSlots(tracker, kind) > 0);
}
