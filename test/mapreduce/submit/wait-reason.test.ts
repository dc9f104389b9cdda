// The client names what a job waits for that stands still.
import { expect, it } from 'vitest';
import type { AttemptStatus } from '../../../mapreduce/job/messages.ts';
import { waitReason } from '../../../mapreduce/submit/wait-reason.ts';

const attempt = (attemptId: string, startTimeMs: number, state: AttemptStatus['state'] = 'RUNNING'): AttemptStatus => ({
  ...{ attemptId, startTimeMs, state, kind: 'MAP', trackerId: `tracker_${attemptId}`, httpUrl: '' },
  ...{ progress: 0.456, status: '', finishTimeMs: 0 },
});

it.each([
  [0, [], 'job_1_0001 waits: no TaskTracker is alive. Start one: mapred tasktracker'],
  [1, [], 'job_1_0001 waits for a free slot: other jobs have them all (mapred job -list)'],
  [1, [attempt('x', 1, 'FAILED')], 'job_1_0001 waits for a free slot: other jobs have them all (mapred job -list)'],
  [
    2,
    [attempt('new', 100_000), attempt('old', 0)],
    'job_1_0001 waits for old on tracker_old, which has run for 2 min: 45% done',
  ],
])('with %i TaskTrackers', (trackers, attempts, reason) => {
  expect(waitReason('job_1_0001', trackers, attempts, 125_000)).toBe(reason);
});
