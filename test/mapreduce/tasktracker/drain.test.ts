// The orderly stop of a TaskTracker: no new tasks, and time for those that run.
import { expect, it } from 'vitest';
import { drain } from '../../../mapreduce/tasktracker/drain.ts';
import { silentLogger } from '../../../runtime/log.ts';

/** A tracker whose attempts end at the looks that `ends` counts, and whose clock goes on by 1 s with each look. */
function tracker(attempts: number, ends: number, limitMs = 60_000) {
  let looks = 0;
  const told: string[] = [];
  const left = (): number => (++looks > ends ? 0 : attempts);
  const ended = drain({
    limitMs,
    log: silentLogger,
    clock: { now: () => looks * 1000, monotonicMs: () => looks * 1000 },
    stopTakingTasks: () => told.push('takes none'),
    running: left,
    hasNews: () => looks < ends + 3,
  });
  return { ended, told, looks: () => looks };
}

it('waits for the attempts, and for the reports of their ends', async () => {
  const busy = tracker(2, 3);
  await busy.ended;
  expect(busy.told).toEqual(['takes none']);
  expect(busy.looks()).toBeGreaterThanOrEqual(6);
});

it('waits no longer than 8 s, and not at all for nothing or without a limit', async () => {
  const hanging = tracker(1, Number.POSITIVE_INFINITY);
  await hanging.ended;
  expect(hanging.looks()).toBeLessThan(14);
  const idle = tracker(0, 5);
  await idle.ended;
  const unbounded = tracker(1, 5, 0);
  await unbounded.ended;
  expect([idle.told, unbounded.told]).toEqual([[], []]);
});
