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
    expect(h.mayCommit(attempt('m', 0))).toBe(true);
    h.step({ kind: 'trackerLost', trackerId: 'tracker_1' });
    expect(h.mayCommit(attempt('m', 0))).toBe(false);
    expect(h.mayCommit(attempt('m', 0, 1))).toBe(true);
    expect(h.mayCommit('attempt_9_0009_m_000000_0')).toBe(false);
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
