// QueuePolicy decides the order of jobs: first in, first out by default, or another policy.
import { describe, expect, it } from 'vitest';
import type { QueuePolicy } from '../../../../mapreduce/jobtracker/scheduler/queue-policy.ts';
import { Harness, split, tracker } from './scheduler-harness.ts';

const FIRST = 'job_1_0001';
const SECOND = 'job_1_0002';

/** Returns the job, the kind of task and the tracker of each launch. */
const launches = (h: Harness) => h.launches.map((l) => [l.launch.job.jobId, l.launch.kind, l.trackerId]);

describe('QueuePolicy', () => {
  // Hadoop 1: JobQueueTaskScheduler.
  it('FIFO gives a later job only the slots that the earlier ones can not use', () => {
    const h = new Harness();
    h.submit([split(0), split(1)], 0, 1, FIRST);
    h.submit([split(0)], 1, 0, SECOND);
    h.step({ kind: 'register', tracker: tracker(1, 1) });
    expect(launches(h)).toEqual([
      [FIRST, 'MAP', 'tracker_1'],
      [SECOND, 'REDUCE', 'tracker_1'],
    ]);
    h.step({ kind: 'register', tracker: { ...tracker(2), mapSlots: 2 } });
    expect(launches(h).slice(2)).toEqual([
      [FIRST, 'MAP', 'tracker_2'],
      [SECOND, 'MAP', 'tracker_2'],
    ]);
  });

  it('another policy decides for each tracker', () => {
    // Each tracker has its own queue: the first tracker serves only the second job, the others only the first job.
    const perTracker: QueuePolicy = {
      next: (jobs, { registration }) =>
        jobs.find(({ job }) => job.jobId === (registration.trackerId === 'tracker_1' ? SECOND : FIRST)),
    };
    const h = new Harness(perTracker);
    h.submit([split(0, [1]), split(1, [1])], 0, 1, FIRST);
    h.submit([split(0, [2])], 0, 1, SECOND);
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    expect(launches(h)).toEqual([
      [SECOND, 'MAP', 'tracker_1'],
      [FIRST, 'MAP', 'tracker_2'],
      [FIRST, 'MAP', 'tracker_2'],
    ]);
  });

  it('a policy that names no job, or one that can not use the tracker, leaves the slots free', () => {
    const none = new Harness({ next: () => undefined });
    none.step({ kind: 'register', tracker: tracker(1) });
    none.submit([split(0)], 0);
    expect(none.launches).toEqual([]);
    const useless = new Harness({ next: ([job]) => job });
    useless.step({ kind: 'register', tracker: { ...tracker(1), mapSlots: 0 } });
    useless.submit([split(0)], 0);
    expect(useless.launches).toEqual([]);
  });
});
