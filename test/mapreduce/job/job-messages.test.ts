// The job client's messages, in Hadoop's words.
import { describe, expect, it } from 'vitest';
import { formatTaskError, JobReporter } from '../../../mapreduce/job/job-messages.ts';
import type { JobStatus } from '../../../mapreduce/job/messages.ts';

describe('JobReporter', () => {
  const status: JobStatus = {
    jobId: 'job_1_0001',
    name: 'n',
    user: 'u',
    state: 'PREP',
    mapProgress: 0,
    reduceProgress: 0,
    maps: 1,
    reduces: 1,
    startTimeMs: 0,
    finishTimeMs: 0,
    failureInfo: '',
    failures: [],
    counters: {},
    output: '',
    version: 1,
  };

  it('tells what has changed, each thing once', () => {
    const reporter = new JobReporter();
    expect(reporter.update(status, 0)).toEqual([]);
    const running = { ...status, state: 'RUNNING' } as const;
    expect(reporter.update(running, 0)).toEqual(['Job job_1_0001 running in uber mode : false', ' map 0% reduce 0%']);
    expect(reporter.update({ ...running, mapProgress: 0.004 }, 1000)).toEqual([]);
    const failures = [{ attemptId: 'attempt_1_0001_m_000000_0', trackerId: 't', error: { message: 'TypeError: no' } }];
    expect(reporter.update({ ...running, mapProgress: 0.29, failures }, 1000)).toEqual([
      ' map 29% reduce 0%',
      'Task Id : attempt_1_0001_m_000000_0, Status : FAILED\nError: TypeError: no',
    ]);
    const ended = { ...running, state: 'FAILED', mapProgress: 0.29, failures, failureInfo: 'Task failed' } as const;
    expect(reporter.update(ended, 1001)).toEqual(['Job job_1_0001 failed with state FAILED due to: Task failed']);
  });

  it('tells progress at most once a second, and at once what is complete', () => {
    const reporter = new JobReporter();
    const running = { ...status, state: 'RUNNING' } as const;
    reporter.update(running, 0);
    expect(reporter.update({ ...running, mapProgress: 0.1 }, 999)).toEqual([]);
    expect(reporter.update({ ...running, mapProgress: 0.2 }, 1000)).toEqual([' map 20% reduce 0%']);
    expect(reporter.update({ ...running, mapProgress: 1 }, 1001)).toEqual([' map 100% reduce 0%']);
    expect(reporter.update({ ...running, mapProgress: 1, reduceProgress: 0.5 }, 1002)).toEqual([]);
    const ended = { ...running, mapProgress: 1, reduceProgress: 0.9, state: 'KILLED' } as const;
    expect(reporter.update(ended, 1003)[0]).toBe(' map 100% reduce 90%');
  });

  it('shows a task’s error with its place in the input', () => {
    const record = { path: 'hdfs://nn/f', offset: 12, text: 'a "b"' };
    expect(formatTaskError({ message: 'Error: no', stack: '    at map (job.ts:1:2)', record })).toBe(
      'Error: Error: no\n    at map (job.ts:1:2)\n  while mapping hdfs://nn/f at offset 12: "a \\"b\\""',
    );
    expect(formatTaskError({ message: 'x', key: 'k' })).toContain('while reducing the key "k"');
  });
});
