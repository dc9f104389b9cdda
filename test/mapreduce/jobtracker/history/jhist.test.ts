// The job history in Hadoop's form: the names of its files, and Avro's JSON of its events.
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import type { AttemptStatus, JobStatus } from '../../../../mapreduce/job/messages.ts';
import { doneDirectory, doneFileName } from '../../../../mapreduce/jobtracker/history/done-path.ts';
import { jhistText } from '../../../../mapreduce/jobtracker/history/jhist.ts';

const status: JobStatus = {
  jobId: 'job_1700000000000_0001',
  name: 'word-count of a b',
  user: 'me',
  state: 'SUCCEEDED',
  mapProgress: 1,
  reduceProgress: 1,
  maps: 1,
  reduces: 1,
  startTimeMs: 1_700_000_001_000,
  finishTimeMs: 1_700_000_009_000,
  failureInfo: '',
  failures: [
    {
      attemptId: 'attempt_1700000000000_0001_m_000000_0',
      trackerId: 'tracker_h:1',
      error: { message: 'Error: no' },
    },
  ],
  counters: { 'org.apache.hadoop.mapreduce.TaskCounter': { MAP_INPUT_RECORDS: 3 } },
  output: 'hdfs://nn/out',
  queue: 'default',
  version: 9,
};
const attempt = (kind: 'MAP' | 'REDUCE', n: number, state: AttemptStatus['state']): AttemptStatus => ({
  attemptId: `attempt_1700000000000_0001_${kind === 'MAP' ? 'm' : 'r'}_000000_${n}`,
  kind,
  state,
  trackerId: 'tracker_127.0.0.1:8042',
  httpUrl: '',
  progress: 1,
  status: '',
  startTimeMs: 1_700_000_002_000 + n,
  finishTimeMs: 1_700_000_003_000 + n,
});
const attempts = [attempt('MAP', 0, 'FAILED'), attempt('MAP', 1, 'SUCCEEDED'), attempt('REDUCE', 0, 'SUCCEEDED')];

// Hadoop: FileNameIndexUtils.getDoneFileName, JobHistoryUtils.historyLogSubdirectory.
describe('the names of the files', () => {
  it('tell of the job, with its parts encoded', () => {
    expect(doneFileName(status, 1_700_000_002_000)).toBe(
      'job_1700000000000_0001-1700000001000-me-word%2Dcount+of+a+b-1700000009000-1-1-SUCCEEDED-default-1700000002000.jhist',
    );
    const long = { ...status, name: 'ü'.repeat(40), user: '' };
    expect(doneFileName(long, 1)).toContain(`-NA-${'%C3%BC'.repeat(8)}-`);
  });

  it('lie in a directory for each day and each thousand jobs', () => {
    const finishTimeMs = new Date(2026, 2, 7, 12).getTime();
    expect(doneDirectory({ jobId: 'job_1_12345', finishTimeMs })).toBe('2026/03/07/000012');
  });
});

describe('the events', () => {
  const linesOf = (job: JobStatus): string[] => jhistText({ status: job, attempts }, '/conf.xml').trimEnd().split('\n');
  const typesOf = (lines: readonly string[]) =>
    lines.slice(2).map((line) => (JSON.parse(line) as { type: string }).type);

  it('are Avro of the schema in the second line', () => {
    for (const state of ['SUCCEEDED', 'FAILED', 'KILLED'] as const) {
      const [version, schema = '', ...events] = linesOf({ ...status, state, failureInfo: 'because' });
      expect(version).toBe('Avro-Json');
      const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: true });
      for (const event of events) expect(type.isValid(type.fromString(event))).toBe(true);
      expect(events).toHaveLength(14);
    }
  });

  it('come in the order of the parser: job, tasks with their attempts, end', () => {
    expect(typesOf(linesOf(status))).toEqual([
      ...['JOB_SUBMITTED', 'JOB_PRIORITY_CHANGED', 'JOB_INITED', 'TASK_STARTED'],
      ...['MAP_ATTEMPT_STARTED', 'MAP_ATTEMPT_FAILED', 'MAP_ATTEMPT_STARTED', 'MAP_ATTEMPT_FINISHED', 'TASK_FINISHED'],
      ...['TASK_STARTED', 'REDUCE_ATTEMPT_STARTED', 'REDUCE_ATTEMPT_FINISHED', 'TASK_FINISHED', 'JOB_FINISHED'],
    ]);
    expect(typesOf(linesOf({ ...status, state: 'KILLED' })).at(-1)).toBe('JOB_KILLED');
    expect(linesOf(status).at(-1)).toContain('"displayName":"Map input records","value":3');
  });
});
