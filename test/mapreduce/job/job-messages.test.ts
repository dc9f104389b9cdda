import { describe, expect, it } from 'vitest';
import { FILE_INPUT_GROUP, FILE_OUTPUT_GROUP, SHUFFLE_ERRORS_GROUP } from '../../../mapreduce/job/counter-names.ts';
import { Counters, formatCounters } from '../../../mapreduce/job/counters.ts';
import { attemptId, jobId, parseAttemptId, partName, taskId } from '../../../mapreduce/job/job-id.ts';
import { formatTaskError, JobReporter } from '../../../mapreduce/job/job-messages.ts';
import type { JobStatus } from '../../../mapreduce/job/messages.ts';

describe('formatCounters', () => {
  // The order and the words of Hadoop 3.4.2's job client.
  it('prints groups and counters as Hadoop does, users’ groups by name', () => {
    const counters = new Counters();
    counters.add('Words', 'LONG', 3);
    counters.add(FILE_OUTPUT_GROUP, 'BYTES_WRITTEN', 35);
    counters.add(FILE_INPUT_GROUP, 'BYTES_READ', 23);
    counters.add(SHUFFLE_ERRORS_GROUP, 'IO_ERROR', 0);
    counters.add(SHUFFLE_ERRORS_GROUP, 'BAD_ID', 0);
    counters.addTask('SHUFFLED_MAPS', 1);
    counters.addTask('MAP_INPUT_RECORDS', 2);
    counters.addJob('TOTAL_LAUNCHED_MAPS', 1);
    counters.addFileSystem('hdfs', 'BYTES_READ', 23);
    counters.addFileSystem('file', 'WRITE_OPS', 0);
    counters.addFileSystem('file', 'BYTES_READ', 5);
    counters.add('Apples', 'RED', 1);
    expect(formatCounters(counters).split('\n')).toEqual([
      'Counters: 12',
      '\tFile System Counters',
      '\t\tFILE: Number of bytes read=5',
      '\t\tFILE: Number of write operations=0',
      '\t\tHDFS: Number of bytes read=23',
      '\tJob Counters ',
      '\t\tLaunched map tasks=1',
      '\tMap-Reduce Framework',
      '\t\tMap input records=2',
      '\t\tShuffled Maps =1',
      '\tApples',
      '\t\tRED=1',
      '\tShuffle Errors',
      '\t\tBAD_ID=0',
      '\t\tIO_ERROR=0',
      '\tWords',
      '\t\tLONG=3',
      '\tFile Input Format Counters ',
      '\t\tBytes Read=23',
      '\tFile Output Format Counters ',
      '\t\tBytes Written=35',
    ]);
  });

  it('adds up, but keeps the largest of peaks', () => {
    const counters = new Counters();
    const task = new Counters();
    task.addTask('SPILLED_RECORDS', 2);
    task.addTask('MAP_PHYSICAL_MEMORY_BYTES_MAX', 10);
    counters.merge(task.toJson());
    counters.merge(task.toJson());
    expect(counters.rows().map((r) => r.value)).toEqual([4, 10]);
  });
});

describe('ids', () => {
  it('are Hadoop’s', () => {
    const job = jobId(1700000000000, 1);
    expect(job).toBe('job_1700000000000_0001');
    expect(taskId(job, 'REDUCE', 3)).toBe('task_1700000000000_0001_r_000003');
    expect(attemptId(job, 'MAP', 12, 1)).toBe('attempt_1700000000000_0001_m_000012_1');
    expect(partName('REDUCE', 0)).toBe('part-r-00000');
  });

  it('are checked, because they become paths', () => {
    expect(parseAttemptId('attempt_local12_0001_r_000003_2')).toEqual({
      jobId: 'job_local12_0001',
      kind: 'REDUCE',
      index: 3,
      attempt: 2,
    });
    for (const id of ['', '../x', 'attempt_1_0001_m_000000_0/../..', 'attempt_1_0001_x_000000_0', 'job_1_0001']) {
      expect(parseAttemptId(id)).toBeUndefined();
    }
  });
});

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
