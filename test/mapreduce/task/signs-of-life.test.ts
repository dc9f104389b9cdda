// A task that computes is at work; one that does nothing hangs; one that computes without end is killed later.
import { describe, expect, it } from 'vitest';
import { SignsOfLife } from '../../../mapreduce/task/signs-of-life.ts';

const LIMITS = { timeoutMs: 10_000, busyTimeoutMs: 60_000 };
const ID = 'attempt_1_0001_m_000000_0';

/** Looks once a second until the verdict falls. @returns the second of the verdict, and its text */
function watch(life: SignsOfLife, cpuShare: number, untilS = 200): { second: number; text: string } | undefined {
  for (let second = 1; second <= untilS; second++) {
    life.look(second * 1000 * cpuShare, second * 1000);
    const text = life.verdict(ID, second * 1000);
    if (text !== undefined) return { second, text };
  }
  return undefined;
}

describe('SignsOfLife', () => {
  it('kills a task that neither reports nor computes after mapreduce.task.timeout, in Hadoop’s words', () => {
    expect(watch(new SignsOfLife(LIMITS, 0), 0.01)).toEqual({
      second: 10,
      text: `Task ${ID} failed to report status for 10 seconds. Killing!`,
    });
  });

  it('leaves a task alone that computes, up to calf.task.busy.timeout', () => {
    const verdict = watch(new SignsOfLife(LIMITS, 0), 0.5);
    expect(verdict?.second).toBe(60);
    expect(verdict?.text).toContain('has computed for 60 seconds without progress');
  });

  it('kills a task that stops to compute', () => {
    const life = new SignsOfLife(LIMITS, 0);
    expect(watch(life, 1, 30)).toBeUndefined();
    for (let second = 31; second < 40; second++) {
      life.look(30_000, second * 1000);
      expect(life.verdict(ID, second * 1000)).toBeUndefined();
    }
    life.look(30_000, 40_000);
    expect(life.verdict(ID, 40_000)).toContain('failed to report status');
  });

  it('begins anew with each report', () => {
    const life = new SignsOfLife(LIMITS, 0);
    life.reported(9999);
    expect(life.verdict(ID, 19_998)).toBeUndefined();
    expect(life.verdict(ID, 19_999)).toContain('failed to report status');
  });

  it.each([
    ['no limits at all with mapreduce.task.timeout=0', { ...LIMITS, timeoutMs: 0 }, 0],
    ['no limit of work with calf.task.busy.timeout=0', { ...LIMITS, busyTimeoutMs: 0 }, 1],
  ])('knows %s', (_name, limits, cpuShare) => {
    expect(watch(new SignsOfLife(limits, 0), cpuShare, 10_000)).toBeUndefined();
  });
});
