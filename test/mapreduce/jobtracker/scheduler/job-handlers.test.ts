// The scheduler numbers jobs, and ends tasks and jobs: by success, failure, commit and kill.
import { describe, expect, it } from 'vitest';
import { attempt, Harness, split, tracker } from './scheduler-harness.ts';

describe('a job to come', () => {
  it('gets the next number with each announcement, whether or not a tracker is there', () => {
    const h = new Harness();
    h.step({ kind: 'announce' });
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'announce' });
    expect(h.effects.flatMap((e) => (e.kind === 'announced' ? [e.sequence] : []))).toEqual([1, 2]);
  });
});

describe('the ends of tasks and jobs', () => {
  it('fails a job when a task has failed four times, and ends what runs', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0), split(1)], 1);
    for (let n = 0; n < 4; n++) h.fail(attempt('m', 0, n));
    expect(h.job.state).toBe('FAILED');
    expect(h.job.failureInfo).toContain('Task failed task_1_0001_m_000000');
    expect(h.effects).toContainEqual({
      kind: 'tell',
      trackerId: 'tracker_1',
      action: { kind: 'kill', attemptId: attempt('m', 1) },
    });
    expect(h.counter('NUM_FAILED_MAPS')).toBe(4);
    expect(h.counter('NUM_KILLED_MAPS')).toBe(1);
  });

  it('lets one attempt of a task commit, and none that was given up', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.submit([split(0)], 0);
    expect(h.mayCommit(attempt('m', 0))).toBe('YES');
    // The question comes again when its answer was lost.
    expect(h.mayCommit(attempt('m', 0))).toBe('YES');
    expect(h.mayCommit('attempt_9_0009_m_000000_0')).toBe('NO');
  });

  it('lets the next attempt commit when the output of the one that was given up is gone', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.submit([split(0)], 0);
    h.mayCommit(attempt('m', 0));
    h.step({ kind: 'trackerLost', trackerId: 'tracker_1', loss: 'LEFT' });
    expect(h.effects).toContainEqual({ kind: 'revokeTask', job: h.job, attemptId: attempt('m', 0) });
    expect(h.mayCommit(attempt('m', 0))).toBe('NO');
    expect(h.mayCommit(attempt('m', 0, 1))).toBe('WAIT');
    h.step({ kind: 'outputRevoked', attemptId: attempt('m', 0) });
    expect(h.mayCommit(attempt('m', 0))).toBe('NO');
    expect(h.mayCommit(attempt('m', 0, 1))).toBe('YES');
  });

  it('tries again to delete the output of an attempt that was given up, and fails the job at last', () => {
    const h = new Harness();
    for (const n of [1, 2]) h.step({ kind: 'register', tracker: tracker(n) });
    h.submit([split(0)], 0);
    h.mayCommit(attempt('m', 0));
    h.fail(attempt('m', 0));
    const tries = () => h.effects.filter((e) => e.kind === 'revokeTask').length;
    for (let n = 1; n <= 6; n++) {
      expect(tries()).toBe(n);
      expect(h.mayCommit(attempt('m', 0, 1))).toBe('WAIT');
      h.step({ kind: 'outputNotRevoked', attemptId: attempt('m', 0), message: 'IOException: no' });
      for (let second = 0; second < 2 ** (n - 1); second++) {
        for (const trackerId of ['tracker_1', 'tracker_2']) h.step({ kind: 'seen', trackerId });
        h.tickUntil(h.now + 1000);
      }
    }
    expect(h.job.state).toBe('FAILED');
    expect(h.job.failureInfo).toBe(
      'The output of attempt_1_0001_m_000000_0 can not be deleted, so task_1_0001_m_000000 can not be committed: IOException: no',
    );
  });

  it('takes a submission that comes twice as one', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0)], 0);
    const { job } = h;
    h.submit([split(0)], 0);
    expect(h.job).toBe(job);
    expect(h.launches).toHaveLength(1);
  });

  it('runs a map again when the reduces can’t fetch its output', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0)], 2);
    h.succeed(attempt('m', 0));
    h.report({ kind: 'fetchFailed', attemptId: attempt('r', 0), mapAttemptId: attempt('m', 0) });
    expect(h.running).not.toContain(attempt('m', 0, 1));
    h.report({ kind: 'fetchFailed', attemptId: attempt('r', 1), mapAttemptId: attempt('m', 0) });
    expect(h.running).toContain(attempt('m', 0, 1));
  });
});
