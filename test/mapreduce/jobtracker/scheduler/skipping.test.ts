// The search for bad records: SkipBadRecords and TaskInProgress.FailedRanges of Hadoop.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSkipped } from '../../../../mapreduce/job/record-ranges.ts';
import {
  isSkipping,
  rangeFailed,
  type SkipState,
  skipOrder,
  testPassed,
} from '../../../../mapreduce/jobtracker/scheduler/skipping.ts';
import { attempt, Harness, LIMITS, split, submission, tracker } from './scheduler-harness.ts';

/** Runs attempts over records, of which some are bad, until one succeeds. Returns the records that it skips. */
function search(records: number, bad: ReadonlySet<number>, most: number, isExact: boolean) {
  let state: SkipState | undefined;
  for (let attempts = 1; ; attempts++) {
    const order = skipOrder(state);
    const all = Array.from({ length: records }, (_, i) => i);
    const failing = all.find((i) => !isSkipped(order, i) && bad.has(i));
    if (failing === undefined && !order.test) return { skipped: all.filter((i) => isSkipped(order, i)), attempts };
    if (failing === undefined) state = testPassed(state, most);
    else {
      // An executable that tells nothing may be anywhere between the first record and the one that it was given last.
      const start = isExact ? failing : (order.test?.start ?? 0);
      state = rangeFailed(state, { start, length: failing - start + 1 }, most);
    }
    if (attempts > 200) throw new Error('the search does not end');
  }
}

describe('the search for bad records', () => {
  it('skips the bad record alone where the attempt tells which one it is', () => {
    expect(search(1000, new Set([700]), 1, true)).toEqual({ skipped: [700], attempts: 2 });
    expect(search(10, new Set([3, 4, 9]), 1, true)).toEqual({ skipped: [3, 4, 9], attempts: 4 });
  });

  it('halves a range until it is short enough', () => {
    const { skipped, attempts } = search(1000, new Set([700]), 1, false);
    expect(skipped).toEqual([700]);
    // One failure of all, ten halves of 701 records, and the attempt that succeeds.
    expect(attempts).toBeLessThanOrEqual(12);
    expect(search(1000, new Set([700]), 100, false).skipped.length).toBeLessThanOrEqual(100);
  });

  it('ends for every set of bad records, skips all of them, and few good ones with each', () => {
    const cases = fc.record({
      records: fc.integer({ min: 1, max: 60 }),
      bad: fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 5 }),
      most: fc.integer({ min: 1, max: 8 }),
      isExact: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ records, bad, most, isExact }) => {
        const own = new Set(bad.filter((i) => i < records));
        const { skipped } = search(records, own, most, isExact);
        for (const i of own) expect(skipped).toContain(i);
        expect(skipped.length).toBeLessThanOrEqual(own.size * most);
      }),
      { numRuns: 200 },
    );
  });

  it('begins after the given number of failures, and never if no record may be lost', () => {
    const limits = { most: { MAP: 1, REDUCE: 0 }, startFailures: 2 };
    expect(isSkipping({ kind: 'MAP', failures: 1 }, limits)).toBe(false);
    expect(isSkipping({ kind: 'MAP', failures: 2 }, limits)).toBe(true);
    expect(isSkipping({ kind: 'REDUCE', failures: 3 }, limits)).toBe(false);
  });
});

describe('a task in skipping mode', () => {
  function failedTwice(most: number): Harness {
    const h = new Harness();
    for (const n of [1, 2, 3]) h.step({ kind: 'register', tracker: tracker(n) });
    const skip = { most: { MAP: most, REDUCE: 0 }, startFailures: 2 };
    h.step({ kind: 'submit', submission: submission([split(0)], 0), limits: { ...LIMITS, mapAttemptsMax: 9, skip } });
    h.fail(attempt('m', 0, 0));
    h.fail(attempt('m', 0, 1));
    return h;
  }
  const last = (h: Harness) => h.launches.at(-1)?.launch;
  const works = (h: Harness, n: number, start: number, length: number): void =>
    h.report({ kind: 'progress', attemptId: attempt('m', 0, n), progress: 0, range: { start, length } });

  it('leaves out the record with which an attempt has failed', () => {
    const h = failedTwice(1);
    expect(h.launches.map(({ launch }) => launch.skip)).toEqual([undefined, undefined, { ranges: [] }]);
    works(h, 2, 6, 1);
    works(h, 2, 7, 1);
    h.fail(attempt('m', 0, 2));
    expect(last(h)?.skip).toEqual({ ranges: [{ start: 7, length: 1 }] });
    h.succeed(attempt('m', 0, 3));
    expect(h.job.state).toBe('SUCCEEDED');
  });

  it('has test attempts, whose success is no end of the task and no failure', () => {
    const h = failedTwice(1);
    works(h, 2, 0, 3);
    h.fail(attempt('m', 0, 2));
    expect(last(h)?.skip).toEqual({ ranges: [], test: { start: 0, length: 1 } });
    h.report({
      kind: 'failed',
      attemptId: attempt('m', 0, 3),
      error: { message: 'nothing bad' },
      isTestPassed: true,
    });
    expect(h.job.tasks.MAP[0]).toMatchObject({ failures: 3 });
    expect(h.counter('NUM_KILLED_MAPS')).toBe(1);
    expect(last(h)?.skip).toEqual({ ranges: [], test: { start: 1, length: 1 } });
    works(h, 4, 1, 1);
    h.fail(attempt('m', 0, 4));
    expect(last(h)?.skip).toEqual({ ranges: [{ start: 1, length: 1 }] });
  });

  it('is built again from its facts', () => {
    const h = failedTwice(1);
    works(h, 2, 4, 2);
    h.fail(attempt('m', 0, 2));
    const facts = h.effects.flatMap((effect) => (effect.kind === 'record' ? [effect.fact] : []));
    const again = new Harness();
    const skip = { most: { MAP: 1, REDUCE: 0 }, startFailures: 2 };
    again.step({ kind: 'recover', jobs: [{ facts, limits: { ...LIMITS, mapAttemptsMax: 9, skip } }] });
    expect(again.job.tasks.MAP[0]?.skip).toEqual(h.job.tasks.MAP[0]?.skip);
    expect(again.job.tasks.MAP[0]?.skip?.halves?.test).toEqual({ start: 4, length: 1 });
  });
});
