// The scheduler brings a job to its end through any order of failures.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempt, Harness, split, tracker } from './scheduler-harness.ts';

describe('Scheduler', () => {
  // As long as no task fails four times, the job ends with every task done once, through any failures and losses.
  it('brings a job to its end through failures, lost trackers and late reports', () => {
    const shape = fc.record({ maps: fc.integer({ min: 0, max: 6 }), reduces: fc.integer({ min: 0, max: 3 }) });
    const choices = fc.infiniteStream(fc.nat(1000));
    fc.assert(
      fc.property(shape, choices, ({ maps, reduces }, stream) => {
        const choose = (n: number): number => (stream.next().value as number) % n;
        const h = new Harness();
        for (const n of [1, 2, 3]) h.step({ kind: 'register', tracker: tracker(n) });
        h.submit(
          Array.from({ length: maps }, (_, i) => split(i, [1 + choose(3)])),
          reduces,
          choose(3) / 2,
        );
        for (let steps = 0; !h.job.isOver; steps++) {
          expect(steps).toBeLessThan(500);
          const { running } = h;
          expect(new Set(running.map((id) => id.slice(0, id.lastIndexOf('_')))).size).toBe(running.length);
          for (const id of running) {
            const where = h.launches.find((l) => l.launch.attemptId === id)?.trackerId ?? '';
            expect(h.scheduler.isRegistered(where)).toBe(true);
          }
          const id = running[choose(Math.max(1, running.length))] ?? '';
          const n = 1 + choose(3);
          const task = [...h.job.tasks.MAP, ...h.job.tasks.REDUCE].find((t) =>
            t.attempts.some((a) => a.attemptId === id),
          );
          const action = steps < 200 ? choose(10) : 9;
          if (action === 0 && (task?.failures ?? 3) < 3) h.fail(id);
          else if (action === 1) h.step({ kind: 'trackerLost', trackerId: `tracker_${n}`, loss: 'SILENT' });
          else if (action === 2) {
            h.step({ kind: 'trackerLost', trackerId: `tracker_${n}`, loss: 'LEFT' });
            h.step({ kind: 'register', tracker: tracker(n) });
          } else if (action === 3) h.report({ kind: 'progress', attemptId: id, progress: 0.5 });
          else if (action === 4) h.succeed(attempt('m', choose(6), choose(3)));
          else {
            if (!h.scheduler.isRegistered(`tracker_${n}`)) h.step({ kind: 'register', tracker: tracker(n) });
            h.succeed(id);
          }
        }
        expect(h.job.state).toBe('SUCCEEDED');
        expect(h.effects.filter((e) => e.kind === 'commitJob')).toHaveLength(1);
        for (const task of [...h.job.tasks.MAP, ...h.job.tasks.REDUCE]) {
          expect(task.attempts.filter((a) => a.state === 'SUCCEEDED')).toHaveLength(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
