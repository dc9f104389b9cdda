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
  /** Most slots that a job gets at a time; default: all that it can use of those that it is offered. */
  readonly slotsAtOnce?: number;
}

/**
 * First in, first out, as Hadoop's JobQueueTaskScheduler: of the jobs with the highest priority that have a task for a free
 * slot, the oldest.
 */
export const fifo: QueuePolicy = {
  next: (jobs, tracker) => jobs.find((job) => canUse(job, tracker)),
};

/**
 * Queues share the slots, as the pools of Hadoop's FairScheduler without weights: the queue that runs the fewest tasks is
 * next, and in it the job that runs the fewest. Priorities order jobs that are equal in this.
 */
export const fair: QueuePolicy = {
  slotsAtOnce: 1,
  next(jobs, tracker) {
    const usable = jobs.filter((job) => canUse(job, tracker));
    const ofQueue = new Map<string, number>();
    for (const { job } of jobs) {
      const { queue } = job.limits;
      ofQueue.set(queue, (ofQueue.get(queue) ?? 0) + job.runningCount);
    }
    const load = ({ job }: WaitingJob): readonly [number, number] => [
      ofQueue.get(job.limits.queue) ?? 0,
      job.runningCount,
    ];
    let best: WaitingJob | undefined;
    for (const job of usable) {
      const [queue, own] = load(job);
      const [bestQueue, bestOwn] = best ? load(best) : [Number.POSITIVE_INFINITY, 0];
      if (queue < bestQueue || (queue === bestQueue && own < bestOwn)) best = job;
    }
    return best;
  },
};

/** Whether a task of the job waits for a slot of a kind that the tracker has free. */
export function canUse({ waiting }: WaitingJob, tracker: Tracker): boolean {
  return (['MAP', 'REDUCE'] as const).some((kind) => waiting[kind].length > 0 && freeSlots(tracker, kind) > 0);
}
