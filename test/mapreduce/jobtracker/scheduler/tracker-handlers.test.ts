// The scheduler handles trackers that register, fall silent or are lost.
import { describe, expect, it } from 'vitest';
import { attempt, Harness, split, tracker } from './scheduler-harness.ts';

describe('trackers', () => {
  it('runs the finished maps of a lost tracker again, and never counts that as their failure', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0)], 1);
    h.succeed(attempt('m', 0));
    h.step({ kind: 'register', tracker: tracker(2) });
    h.step({ kind: 'trackerLost', trackerId: 'tracker_1', loss: 'LEFT' });
    expect(h.running).toEqual([attempt('m', 0, 1)]);
    h.succeed(attempt('m', 0, 1));
    expect(h.running).toEqual([attempt('r', 0, 1)]);
    h.succeed(attempt('r', 0, 1));
    expect(h.job.state).toBe('SUCCEEDED');
    expect(h.counter('NUM_FAILED_MAPS')).toBe(0);
  });

  it('gives up a tracker that is silent for too long', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.tickUntil(30_000);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
    h.tickUntil(30_001);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
  });

  it('has a process started where the coming job’s first map goes', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.step({ kind: 'announce' });
    h.step({ kind: 'announce' });
    const prepared = h.effects.filter((e) => e.kind === 'tell' && e.action.kind === 'prepare');
    expect(prepared.map((e) => (e.kind === 'tell' ? e.trackerId : ''))).toEqual(['tracker_1', 'tracker_2']);
  });

  it('gives the trackers another turn when its own process was held up', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.tickUntil(1000);
    h.now = 60_000;
    h.step({ kind: 'tick' });
    expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
    h.tickUntil(61_000);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])(
    'a wall clock that is set %s by an hour loses no tracker and no task, and keeps none for longer',
    (_how, jumpMs) => {
      const h = new Harness();
      h.step({ kind: 'register', tracker: tracker(1) });
      h.submit([split(0)], 0);
      h.tickUntil(5000);
      h.wallMs += jumpMs;
      h.tickUntil(30_000);
      expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
      expect(h.running).toEqual([attempt('m', 0)]);
      h.succeed(attempt('m', 0));
      expect(h.counter('MILLIS_MAPS')).toBe(30_000);
      expect(h.job).toMatchObject({ state: 'SUCCEEDED', startTimeMs: 1_700_000_000_000, finishTimeMs: h.wallMs });
      h.tickUntil(60_001);
      expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
    },
  );
});

it('a silent tracker without a connection has died under its tasks: three of them fail the job, also with a short expiry', () => {
  const h = new Harness();
  for (const n of [1, 2, 3, 4]) h.step({ kind: 'register', tracker: tracker(n, 1) });
  h.submit([split(0)], 0);
  for (let death = 0; death < 3; death++) {
    const place = h.launches.at(-1)?.trackerId ?? '';
    for (let second = 0; second < 32; second++) {
      h.now += 1000;
      for (const { trackerId } of h.scheduler.trackers) if (trackerId !== place) h.step({ kind: 'seen', trackerId });
      h.step({ kind: 'tick', disconnected: [place] });
    }
  }
  expect(h.job.failureInfo).toContain('3 TaskTrackers died while they ran it');
});
