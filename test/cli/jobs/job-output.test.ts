// What the commands of jobs print: the shapes are those of Hadoop 3.4.2's clients, with --json the values themselves.
import { expect, it } from 'vitest';
import { historyLines } from '../../../cli/jobs/job-history.ts';
import { JOB_COMMANDS } from '../../../cli/jobs/mapred-job.ts';
import { queueLines } from '../../../cli/jobs/mapred-queue.ts';
import { Configuration } from '../../../conf/configuration.ts';
import type { JobService } from '../../../mapreduce/job/job-service.ts';
import type { AttemptStatus, JobStatus } from '../../../mapreduce/job/job-status.ts';
import { printed } from './printed.ts';

const JOB = 'job_1796095448853_0001';
const ATTEMPT = 'attempt_1796095448853_0001_m_00000';

const status: JobStatus = {
  jobId: JOB,
  name: 'word count',
  user: 'root',
  state: 'FAILED',
  mapProgress: 2 / 3,
  reduceProgress: 1,
  maps: 3,
  reduces: 1,
  startTimeMs: 1796096142181,
  finishTimeMs: 1796096152181,
  failureInfo: 'Task failed',
  failures: [
    {
      attemptId: `${ATTEMPT}1_0`,
      trackerId: 'tracker_h:1',
      error: {
        message: 'TypeError: x is undefined',
        stack: '    at map (file:///job.ts:3:1)',
        record: { path: 'hdfs://h:1/in/a.txt', offset: 17, text: 'bad line' },
      },
    },
  ],
  counters: { 'org.apache.hadoop.mapreduce.TaskCounter': { MAP_INPUT_RECORDS: 2 } },
  output: 'hdfs://h:1/out',
  queue: 'default',
  priority: 'NORMAL',
  running: 0,
  shuffle: { maps: 1, reduces: 2, bytes: 30, largest: [{ reduce: 1, bytes: 20 }], keys: [], isSkewed: false },
  version: 1,
};

const attempt = (index: number, state: AttemptStatus['state'], finishTimeMs: number): AttemptStatus => ({
  attemptId: `${ATTEMPT}${index}_0`,
  kind: 'MAP',
  state,
  trackerId: 'tracker_h:1',
  httpUrl: 'http://h:1',
  progress: 1,
  status: '',
  startTimeMs: 1,
  finishTimeMs,
});
const attempts = [
  attempt(0, 'SUCCEEDED', 20),
  attempt(1, 'FAILED', 10),
  attempt(2, 'RUNNING', 0),
  attempt(3, 'KILLED', 30),
];

/** A JobTracker with one job. */
const service = {
  status: async (jobId: string) => (jobId === JOB ? status : undefined),
  attempts: async () => attempts,
  list: async () => [status, { ...status, finishTimeMs: 0, state: 'RUNNING' as const, running: 3 }],
  trackers: async () => [{ trackerId: 'tracker_h:1' }],
  blacklisted: async () => [{ trackerId: 'tracker_h:2', reason: 'full' }],
  trackingUrl: (jobId: string) => `http://h:1/job/${jobId}`,
  conf: async () => undefined,
  kill: async () => undefined,
  setPriority: async () => undefined,
  endTask: async (attemptId: string) => attemptId.endsWith('2_0'),
} as unknown as JobService;

async function run(words: string, json = false): Promise<{ status: number; text: string }> {
  const [name = '', ...args] = words.split(' ');
  const command = JOB_COMMANDS[name];
  return await printed(async () => (await command?.run(service, args, { conf: new Configuration(), json })) ?? 1);
}

it('-status prints the job as Hadoop, then the shares of reduces and the failing record', async () => {
  expect((await run(`-status ${JOB}`)).text.split('\n')).toEqual([
    '',
    `Job: ${JOB}`,
    `Job File: http://h:1/jobs/${JOB}/conf`,
    `Job Tracking URL : http://h:1/job/${JOB}`,
    'Uber job : false',
    'Number of maps: 3',
    'Number of reduces: 1',
    'map() completion: 0.6666667',
    'reduce() completion: 1.0',
    'Job state: FAILED',
    'retired: false',
    'reason for failure: Task failed',
    'Counters: 1',
    '\tMap-Reduce Framework',
    '\t\tMap input records=2',
    'Job Name: word count',
    'Largest of 2 reduces, after 1 maps: 1: 20 B (67%)',
    `Task Id : ${ATTEMPT}1_0, Status : FAILED`,
    'Error: TypeError: x is undefined',
    '    at map (file:///job.ts:3:1)',
    '  while mapping hdfs://h:1/in/a.txt at offset 17: "bad line"',
    '',
  ]);
});

it('-list prints the columns of Hadoop, with N/A for what an ended job does not have', async () => {
  const [count, titles = '', ended = '', running = ''] = (await run('-list all')).text.split('\n');
  const widths = [23, 40, 10, 14, 12, 12, 10, 15, 15, 8, 8, 10];
  expect(count).toBe('Total jobs:2');
  for (const line of [titles, ended, running])
    expect(
      line
        .split('\t')
        .slice(0, 12)
        .map((cell) => cell.length),
    ).toEqual(widths);
  expect(titles.split('\t').map((cell) => cell.trim())).toEqual(
    'JobId JobName State StartTime UserName Queue Priority UsedContainers RsvdContainers UsedMem RsvdMem NeededMem'
      .split(' ')
      .concat('AM info'),
  );
  expect(
    ended
      .split('\t')
      .slice(7)
      .map((cell) => cell.trim()),
  ).toEqual([...Array(5).fill('N/A'), `http://h:1/job/${JOB}`]);
  expect(running.split('\t')[7]?.trim()).toBe('3');
});

it.each([
  [`-status job_17_0001`, 255, 'Could not find job job_17_0001\n'],
  [`-counter ${JOB} org.apache.hadoop.mapreduce.TaskCounter MAP_INPUT_RECORDS`, 0, '2\n'],
  [`-counter ${JOB} a b`, 0, '0\n'],
  [`-list-attempt-ids ${JOB} MAP completed`, 0, `${ATTEMPT}0_0\n`],
  [`-list-attempt-ids ${JOB} map RUNNING`, 0, `${ATTEMPT}2_0\n`],
  [`-list-attempt-ids ${JOB} MAP failed`, 0, `${ATTEMPT}1_0\n`],
  [`-list-attempt-ids ${JOB} MAP killed`, 0, `${ATTEMPT}3_0\n`],
  [`-list-attempt-ids ${JOB} MAP pending`, 0, ''],
  ['-list-active-trackers', 0, 'tracker_h:1\n'],
  ['-list-blacklisted-trackers', 0, 'BlackListedNode \t Reason\ntracker_h:2\tfull\n'],
  [`-kill ${JOB}`, 0, `Killed job ${JOB}\n`],
  [`-set-priority ${JOB} HIGH`, 0, 'Changed job priority.\n'],
  [`-kill-task ${ATTEMPT}2_0`, 0, `Killed task ${ATTEMPT}2_0\n`],
  [`-fail-task ${ATTEMPT}2_0`, 0, `Killed task ${ATTEMPT}2_0 by failing it\n`],
  [`-kill-task ${ATTEMPT}0_0`, 255, `Could not kill task ${ATTEMPT}0_0\n`],
  [`-fail-task ${ATTEMPT}0_0`, 255, `Could not fail task ${ATTEMPT}0_0\n`],
])('%s', async (words, exit, text) => {
  expect(await run(words)).toEqual({ status: exit, text });
});

it('-events lists the ends of attempts in their order, from the first number on', async () => {
  const url = `http://h:1/tasklog?plaintext=true&attemptid=${ATTEMPT}`;
  expect((await run(`-events ${JOB} 1 5`)).text.split('\n')).toEqual([
    `Task completion events for ${JOB}`,
    'Number of events (from 1) are: 2',
    `SUCCEEDED ${ATTEMPT}0_0 ${url}0_0`,
    `KILLED ${ATTEMPT}3_0 ${url}3_0`,
    '',
  ]);
});

it.each([
  ['-status x', 'JobId string : x is not properly formed'],
  ['-kill-task x', 'TaskAttemptId string : x is not properly formed'],
])('%s is refused', async (words, message) => {
  await expect(run(words)).rejects.toThrow(message);
});

it.each([
  [`-status ${JOB}`, status],
  ['-list-active-trackers', [{ trackerId: 'tracker_h:1' }]],
  [`-list-attempt-ids ${JOB} MAP completed`, [attempts[0]]],
  [`-events ${JOB} 0 1`, [attempts[1]]],
])('%s --json prints the values', async (words, value) => {
  expect(JSON.parse((await run(words, true)).text)).toEqual(value);
});

it('-history prints the summary of Hadoop', async () => {
  const done = { ...status, state: 'SUCCEEDED' as const };
  const mine = attempts.filter((a) => a.state !== 'RUNNING');
  const lines = historyLines(done, mine, { all: false, jobFile: 'http://h:1/jobs/x/conf' });
  expect(lines.slice(1, 6)).toEqual([
    `Hadoop job: ${JOB}`,
    '=====================================',
    'User: root',
    'JobName: word count',
    'JobConf: http://h:1/jobs/x/conf',
  ]);
  const summary = lines.slice(lines.indexOf('Task Summary'));
  expect(summary.slice(2, 8).map((line) => line.split('\t').slice(0, 6))).toEqual([
    ['Kind', 'Total', 'Successful', 'Failed', 'Killed', 'StartTime'],
    [''],
    ['Setup', '0', '0', '', '0', '0'],
    ['Map', '3', '1', '', '1', '1'],
    ['Reduce', '0', '0', '', '0', '0'],
    ['Cleanup', '0', '0', '', '0', '0'],
  ]);
  const task = ATTEMPT.replace('attempt', 'task');
  expect(summary).toContain(`Time taken by best performing map task ${task}0: 0sec`);
  expect(historyLines(status, mine, { all: false, jobFile: '' })).toContain(
    'No Analysis available as job did not finish',
  );
});

it('mapred queue prints a rule before each queue', () => {
  expect(queueLines({ name: 'default', schedulingInfo: 'FIFO', jobs: [] })).toEqual([
    '======================',
    'Queue Name : default ',
    'Queue State : running ',
    'Scheduling Info : FIFO ',
  ]);
});
