// The order and the pauses in which a reduce fetches map outputs.
import { describe, expect, it } from 'vitest';
import { FetchPlan } from '../../../mapreduce/shuffle/fetch-plan.ts';

const output = (mapIndex: number, attempt = 0) => ({ mapIndex, attemptId: `attempt_${mapIndex}_${attempt}`, url: 'u' });

describe('FetchPlan', () => {
  it('fetches each map’s output once', () => {
    const plan = new FetchPlan(2);
    plan.add(output(0));
    plan.add(output(0));
    expect(plan.next(0)).toEqual({ location: output(0) });
    expect(plan.next(0)).toEqual({ dueMs: Number.POSITIVE_INFINITY });
    plan.succeeded(output(0));
    plan.add(output(0, 1));
    plan.add(output(1));
    expect(plan.next(0)).toEqual({ location: output(1) });
    plan.succeeded(output(1));
    expect(plan.isComplete).toBe(true);
  });

  it('waits longer after each failure, and takes a newer output at once', () => {
    const plan = new FetchPlan(1);
    plan.add(output(0));
    plan.next(0);
    plan.failed(output(0), 1000);
    expect(plan.next(1000)).toEqual({ dueMs: 1100 });
    expect(plan.next(1100)).toEqual({ location: output(0) });
    plan.failed(output(0), 2000);
    expect(plan.next(2000)).toEqual({ dueMs: 2200 });
    plan.add(output(0, 1));
    expect(plan.next(2000)).toEqual({ location: output(0, 1) });
  });

  it('asks for no output that is obsolete, until another one comes', () => {
    const plan = new FetchPlan(2);
    plan.add(output(0));
    plan.add(output(1));
    plan.obsolete('attempt_0_0');
    expect(plan.next(0)).toEqual({ location: output(1) });
    expect(plan.next(0)).toEqual({ dueMs: Number.POSITIVE_INFINITY });
    plan.add(output(0, 1));
    // The order of news may differ: an older attempt's end does not touch a newer one.
    plan.obsolete('attempt_0_0');
    expect(plan.next(0)).toEqual({ location: output(0, 1) });
  });

  it('gives several outputs of one server, and takes back those whose turn did not come', () => {
    const plan = new FetchPlan(4);
    for (const i of [0, 1, 2]) plan.add(output(i));
    plan.add({ ...output(3), url: 'other' });
    expect(plan.next(0)).toEqual({ location: output(0) });
    expect(plan.more('u', 0, 1)).toEqual([output(1)]);
    expect(plan.more('u', 0, 9)).toEqual([output(2)]);
    plan.putBack(output(1));
    expect(plan.next(0)).toEqual({ location: output(1) });
  });

  it('gives up in the end', () => {
    const plan = new FetchPlan(1);
    plan.add(output(0));
    let failures = 0;
    for (let now = 0; ; now += 10_000) {
      plan.next(now);
      failures++;
      if (plan.failed(output(0), now)) break;
    }
    expect(failures).toBe(30);
  });

  it('is complete at once without maps', () => {
    expect(new FetchPlan(0).isComplete).toBe(true);
  });
});
