// The scheduler chooses the tracker for each task.
import { describe, expect, it } from 'vitest';
import { attempt, Harness, JOB, split, tracker } from './scheduler-harness.ts';

describe('the scheduler gives tasks to trackers', () => {
  it('runs each map where a replica is when a slot there is free', () => {
    const h = new Harness();
    for (const n of [1, 2, 3]) h.step({ kind: 'register', tracker: tracker(n, 1) });
    h.submit([split(0, [3]), split(1, [1]), split(2, [2])], 0);
    expect(h.launches.map(({ trackerId, launch }) => [launch.index, trackerId])).toEqual([
      [0, 'tracker_3'],
      [1, 'tracker_1'],
      [2, 'tracker_2'],
    ]);
    expect(h.counter('DATA_LOCAL_MAPS')).toBe(3);
  });

  it('uses a free slot elsewhere rather than none, and does not count it as local', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1, 1) });
    h.step({ kind: 'register', tracker: tracker(2, 1) });
    h.submit([split(0, [1]), split(1, [1])], 0);
    expect(h.launches.map((l) => l.trackerId).sort()).toEqual(['tracker_1', 'tracker_2']);
    expect(h.counter('DATA_LOCAL_MAPS')).toBe(1);
  });

  it('starts reduces when the slow-start share of the maps is done, and tells them of later outputs', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0), split(1)], 1, 0.5);
    expect(h.launches.map((l) => l.launch.kind)).toEqual(['MAP', 'MAP']);
    h.succeed(attempt('m', 0));
    expect(h.launches.at(-1)?.launch).toMatchObject({
      kind: 'REDUCE',
      mapOutputs: [{ mapIndex: 0, attemptId: attempt('m', 0), url: 'http://127.0.0.1:13561' }],
    });
    h.succeed(attempt('m', 1));
    expect(h.effects).toContainEqual({
      kind: 'tell',
      trackerId: 'tracker_1',
      action: {
        kind: 'mapOutputs',
        jobId: JOB,
        outputs: [{ mapIndex: 1, attemptId: attempt('m', 1), url: 'http://127.0.0.1:13561' }],
      },
    });
    h.succeed(attempt('r', 0));
    expect(h.job.state).toBe('SUCCEEDED');
  });
});
