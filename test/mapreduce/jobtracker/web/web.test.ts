// The pages of the JobTracker and of a TaskTracker that every daemon has: /jmx and /conf.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Configuration } from '../../../../conf/configuration.ts';
import type { JobStatus } from '../../../../mapreduce/job/messages.ts';
import { JobTracker } from '../../../../mapreduce/jobtracker/job-tracker.ts';
import { jobsPage } from '../../../../mapreduce/jobtracker/web/job-pages.ts';
import { TaskTracker } from '../../../../mapreduce/tasktracker/task-tracker.ts';
import { silentLogger } from '../../../../runtime/log.ts';

let directory: string;
let jobTracker: JobTracker;
let taskTracker: TaskTracker;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-mr-web-'));
  const conf = new Configuration({
    'mapreduce.cluster.local.dir': directory,
    'mapreduce.jobtracker.http.address': '127.0.0.1:0',
    'mapreduce.tasktracker.http.address': '127.0.0.1:0',
    'mapreduce.tasktracker.map.tasks.maximum': '3',
    'mapreduce.shuffle.port': '0',
    'calf.http.secret.file': path.join(directory, 'secret'),
  });
  jobTracker = await JobTracker.start({ conf, log: silentLogger });
  conf.set('mapreduce.jobtracker.http.address', `127.0.0.1:${jobTracker.httpAddress.port}`);
  taskTracker = await TaskTracker.start({ conf, log: silentLogger });
});
afterAll(async () => {
  await taskTracker.stop();
  await jobTracker.stop();
  fs.rmSync(directory, { recursive: true });
});

async function json(url: string): Promise<unknown> {
  return await (await fetch(url, { headers: { accept: 'application/json' } })).json();
}

test('the JobTracker counts its trackers and their slots at /jmx', async () => {
  expect(await json(`${jobTracker.url}/jmx?qry=Hadoop:service=JobTracker,name=*`)).toMatchObject({
    beans: [
      {
        name: 'Hadoop:service=JobTracker,name=JobTrackerInfo',
        Hostname: '127.0.0.1',
        SummaryJson: '{"nodes":1,"alive":1,"slots":{"map_slots":3,"reduce_slots":2},"jobs":0}',
      },
    ],
  });
});

test('a TaskTracker names its JobTracker at /jmx', async () => {
  const { port } = taskTracker.httpAddress;
  expect(await json(`http://127.0.0.1:${port}/jmx?qry=Hadoop:service=TaskTracker,name=*`)).toMatchObject({
    beans: [{ Hostname: '127.0.0.1', HttpPort: port, JobTrackerUrl: jobTracker.url }],
  });
});

test('both show their configuration at /conf', async () => {
  const property = { key: 'mapreduce.tasktracker.map.tasks.maximum', value: '3', isFinal: false };
  for (const url of [jobTracker.url, `http://127.0.0.1:${taskTracker.httpAddress.port}`]) {
    expect(await json(`${url}/conf?name=${property.key}`)).toEqual({ property });
  }
});

test('the front page escapes the names of jobs', () => {
  const status: JobStatus = {
    ...{ jobId: 'job_1_0001', name: '<b>', user: 'u', state: 'RUNNING', mapProgress: 0.5, reduceProgress: 0 },
    ...{ maps: 1, reduces: 0, startTimeMs: 0, finishTimeMs: 0, failureInfo: '', failures: [], counters: {} },
    ...{ output: '/out', version: 1 },
  };
  const page = jobsPage([status], [], false);
  expect(page).toContain('<td><a href="/job/job_1_0001">job_1_0001</a></td><td>&lt;b&gt;</td><td>u</td>');
});
