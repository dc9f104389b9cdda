// Slow tasks have a second attempt elsewhere (Hadoop: DefaultSpeculator), priorities and fair queues share the slots.
import { describe, expect, it } from 'vitest';
import { fair } from '../../../../mapreduce/jobtracker/scheduler/queue-policy.ts';
import { attempt, Harness, LIMITS, split, submission, tracker } from './scheduler-harness.ts';

const SPECULATION = {
  kinds: { MAP: true, REDUCE: true },
  slowTaskThreshold: 1,
  runningShare: 0.1,
  totalShare: 0.01,
  allowedMin: 10,
  retryAfterNoSpeculateMs: 1000,
  retryAfterSpeculateMs: 15_000,
} as const;

/** A job of two maps without reduces on two trackers: the first map has succeeded after one second. */
function withSlowMap(): Harness {
  const h = new Harness();
  for (const n of [1, 2]) h.step({ kind: 'register', tracker: tracker(n, 1) });
  h.step({
    kind: 'submit',
    submission: submission([split(0), split(1)], 0),
    limits: { ...LIMITS, speculation: SPECULATION },
  });
  h.now = 1000;
  h.wallMs += 1000;
  h.succeed(attempt('m', 0));
  for (const n of [1, 2]) h.step({ kind: 'seen', trackerId: `tracker_${n}` });
  h.now = 9000;
  h.step({ kind: 'seen', trackerId: 'tracker_1' });
  h.step({ kind: 'seen', trackerId: 'tracker_2' });
  h.step({ kind: 'tick' });
  return h;
}

const trackerOf = (h: Harness, id: string) => h.launches.find((l) => l.launch.attemptId === id)?.trackerId;

describe('a map that runs much longer than the others', () => {
  it('has a second attempt on another tracker', () => {
    const h = withSlowMap();
    expect(h.running).toEqual([attempt('m', 1), attempt('m', 1, 1)]);
    expect(trackerOf(h, attempt('m', 1, 1))).not.toBe(trackerOf(h, attempt('m', 1)));
  });

  it('is committed by one attempt: the other waits, and ends when the first has succeeded', () => {
    const h = withSlowMap();
    expect(h.mayCommit(attempt('m', 1, 1))).toBe('YES');
    expect(h.mayCommit(attempt('m', 1))).toBe('WAIT');
    h.succeed(attempt('m', 1, 1));
    expect(h.job.state).toBe('SUCCEEDED');
    expect(h.job.tasks.MAP[1]?.attempts.map(({ state }) => state)).toEqual(['KILLED', 'SUCCEEDED']);
  });

  it('does not count a success of the attempt that may not commit', () => {
    const h = withSlowMap();
    expect(h.mayCommit(attempt('m', 1))).toBe('YES');
    h.succeed(attempt('m', 1, 1));
    expect(h.job.tasks.MAP[1]?.attempts.map(({ state }) => state)).toEqual(['RUNNING', 'KILLED']);
  });
});

describe('jobs that share a slot', () => {
  const submit = (h: Harness, n: number, limits: Partial<typeof LIMITS> | object, maps = 3): void =>
    h.step({
      kind: 'submit',
      submission: submission(
        Array.from({ length: maps }, (_, i) => split(i)),
        0,
        `job_1_000${n}`,
      ),
      limits: { ...LIMITS, ...limits },
    });
  const jobs = (h: Harness): string[] => h.launches.map((l) => l.launch.job.jobId);

  it('the one with the higher priority is first, also if the priority changes later', () => {
    const h = new Harness();
    submit(h, 1, {});
    submit(h, 2, { priority: 'HIGH' });
    submit(h, 3, { priority: 'LOW' });
    h.step({ kind: 'setPriority', jobId: 'job_1_0003', priority: 'VERY_HIGH' });
    h.step({ kind: 'register', tracker: tracker(1, 4) });
    expect(jobs(h)).toEqual(['job_1_0003', 'job_1_0003', 'job_1_0003', 'job_1_0002']);
  });

  it('fair queues have as many slots each', () => {
    const h = new Harness(fair);
    submit(h, 1, { queue: 'a' });
    submit(h, 2, { queue: 'a' });
    submit(h, 3, { queue: 'b' });
    h.step({ kind: 'register', tracker: tracker(1, 4) });
    expect(jobs(h).sort()).toEqual(['job_1_0001', 'job_1_0002', 'job_1_0003', 'job_1_0003']);
  });
});

describe('a user who ends an attempt', () => {
  it.each([
    ['KILL', 'KILLED', 0],
    ['FAIL', 'FAILED', 1],
  ] as const)('%s', (how, state, failures) => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1, 1) });
    h.submit([split(0)], 0);
    h.step({ kind: 'endTask', attemptId: attempt('m', 0), how, user: 'me' });
    expect(h.job.tasks.MAP[0]).toMatchObject({ failures, attempts: [{ state }, { state: 'RUNNING' }] });
    expect(h.effects.filter((e) => e.kind === 'taskEnded')).toHaveLength(1);
  });
});
