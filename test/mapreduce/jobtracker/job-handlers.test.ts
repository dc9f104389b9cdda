// The scheduler ends tasks and jobs: by success, failure, commit and kill.
import { describe, expect, it } from 'vitest';
import { attempt, Harness, split, submission, tracker } from './scheduler-harness.ts';

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

  it('tells of a job’s end once, and forgets the oldest ended jobs that the history has', () => {
    const h = new Harness();
    const submit = (n: number) => {
      const jobId = `job_1_${String(n).padStart(4, '0')}`;
      const limits = { mapAttemptsMax: 4, reduceAttemptsMax: 4, slowstart: 1 };
      h.step({ kind: 'submit', submission: { ...submission([], 0), jobId }, limits });
      return jobId;
    };
    const ids = Array.from({ length: 103 }, (_, i) => submit(i + 1));
    expect(h.effects.flatMap((e) => (e.kind === 'jobOver' ? [e.job.jobId] : []))).toEqual(ids);
    const [first = '', second = '', ...later] = ids;
    for (const jobId of later) h.step({ kind: 'jobReported', jobId });
    expect(h.scheduler.jobs.size).toBe(102);
    expect([h.scheduler.jobs.has(first), h.scheduler.jobs.has(second), h.scheduler.jobs.has(later[0] ?? '')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
