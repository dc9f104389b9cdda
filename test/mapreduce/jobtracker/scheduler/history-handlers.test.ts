// The scheduler has ended jobs written into the history, again if that fails, and keeps the last 100 in memory.
import { describe, expect, it } from 'vitest';
import { Harness, LIMITS, submission } from './scheduler-harness.ts';

/** Runs jobs without tasks to their end. @returns their ids */
function runJobs(h: Harness, count: number): string[] {
  const limits = LIMITS;
  return Array.from({ length: count }, (_, i) => {
    const jobId = `job_1_${String(i + 1).padStart(4, '0')}`;
    h.step({ kind: 'submit', submission: submission([], 0, jobId), limits });
    return jobId;
  });
}

/** Returns the ids of the jobs that an effect names, and forgets all effects so far. */
function taken(h: Harness, kind: 'jobOver' | 'keepJob' | 'jobLost'): string[] {
  const ids = h.effects.flatMap((e) =>
    e.kind !== kind ? [] : e.kind === 'jobLost' ? [e.jobId] : 'job' in e ? [e.job.jobId] : [],
  );
  h.effects.length = 0;
  return ids;
}

describe('an ended job', () => {
  it('is told of once', () => {
    const h = new Harness();
    const ids = runJobs(h, 3);
    expect(taken(h, 'jobOver')).toEqual(ids);
  });

  it('is forgotten when 100 younger ones are in the history, unless its own write is under way', () => {
    const h = new Harness();
    const [first = '', second = '', ...later] = runJobs(h, 103);
    for (const jobId of later) h.step({ kind: 'jobReported', jobId });
    expect([...h.scheduler.jobs.keys()]).toEqual([first, second, ...later.slice(1)]);
    expect(taken(h, 'jobLost')).toEqual([]);
  });

  it('that the history refused is written again after a minute, and once only if that succeeds', () => {
    const h = new Harness();
    const [jobId = ''] = runJobs(h, 1);
    expect(taken(h, 'keepJob')).toEqual([jobId]);
    h.step({ kind: 'jobNotReported', jobId });
    h.tickUntil(59_000);
    expect(taken(h, 'keepJob')).toEqual([]);
    h.tickUntil(180_000);
    expect(taken(h, 'keepJob')).toEqual([jobId]);
    h.step({ kind: 'jobNotReported', jobId });
    h.tickUntil(240_000);
    expect(taken(h, 'keepJob')).toEqual([jobId]);
    h.step({ kind: 'jobReported', jobId });
    h.tickUntil(600_000);
    expect(taken(h, 'keepJob')).toEqual([]);
  });

  it('that the history refused leaves the memory as any other, and its loss is told', () => {
    const h = new Harness();
    const ids = runJobs(h, 102);
    for (const jobId of ids) h.step({ kind: 'jobNotReported', jobId });
    expect([...h.scheduler.jobs.keys()]).toEqual(ids.slice(2));
    expect(taken(h, 'jobLost')).toEqual(ids.slice(0, 2));
  });
});
