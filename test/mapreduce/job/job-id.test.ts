// Hadoop's ids of jobs, tasks and attempts.
import { describe, expect, it } from 'vitest';
import { attemptId, jobId, parseAttemptId, partName, taskId } from '../../../mapreduce/job/job-id.ts';

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
