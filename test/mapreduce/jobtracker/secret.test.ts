// The JobTracker and the TaskTrackers start beyond loopback only with a secret, and a client without it is told what to do.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RemoteJobService } from '../../../mapreduce/job/job-service.ts';
import type { JobStatus } from '../../../mapreduce/job/messages.ts';
import { JobTracker } from '../../../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../../../mapreduce/tasktracker/task-tracker.ts';
import { silentLogger as log } from '../../../runtime/log.ts';
import { trackerConf } from '../trackers.ts';

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-http-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

it.each(['0.0.0.0', '192.0.2.1', 'jt.example.com'])('none starts at %s without a secret', async (host) => {
  const conf = trackerConf(directory)
    .set('mapreduce.jobtracker.http.address', `${host}:0`)
    .set('mapreduce.tasktracker.http.address', `${host}:0`);
  const reason = `calf.http.secret.file must name a file with a secret; there is none at ${path.join(directory, 'secret')}`;
  await expect(JobTracker.start({ conf, log })).rejects.toThrow(reason);
  await expect(TaskTracker.start({ conf, log })).rejects.toThrow(reason);
});

it('clients and TaskTrackers with another secret, or none, are refused; reads are open to them', async () => {
  const conf = trackerConf(directory);
  const jobTracker = await JobTracker.start({ conf, log });
  try {
    const missing = path.join(directory, 'none');
    const address = `127.0.0.1:${jobTracker.httpAddress.port}`;
    const other = conf.clone().set('mapreduce.jobtracker.http.address', address).set('calf.http.secret.file', missing);
    await using service = new RemoteJobService(other);
    expect(await service.list()).toEqual([]);
    const refused = { code: 'AccessControlException', message: expect.stringContaining('HADOOP_CONF_DIR') };
    await expect(service.newJob('me')).rejects.toMatchObject(refused);
    await expect(service.newJob('me')).rejects.toThrow(`There is no file ${missing}`);
    fs.writeFileSync(missing, 'x'.repeat(64), { mode: 0o600 });
    await expect(service.newJob('me')).rejects.toMatchObject(refused);
    await expect(TaskTracker.start({ conf: other, log })).rejects.toMatchObject(refused);
    expect(jobTracker.trackers).toEqual([]);
    fs.chmodSync(missing, 0o644);
    await expect(service.newJob('me')).rejects.toThrow(`chmod 600 ${missing}`);
  } finally {
    await jobTracker.stop();
  }
});

it('the list of jobs has pages, of the history and of the memory', async () => {
  const conf = trackerConf(directory);
  const history = path.join(directory, 'local', 'history');
  fs.mkdirSync(history, { recursive: true });
  const ids = Array.from({ length: 250 }, (_, i) => `job_1_${String(i + 1).padStart(4, '0')}`);
  const facts = { name: 'n', user: 'u', state: 'SUCCEEDED', finishTimeMs: 1, failures: [], counters: {}, version: 1 };
  for (const jobId of ids) {
    fs.writeFileSync(
      path.join(history, `${jobId}.json`),
      JSON.stringify({ status: { ...facts, jobId }, attempts: [] }),
    );
  }
  const jobTracker = await JobTracker.start({ conf, log });
  try {
    const idsOf = async (query: string) =>
      ((await (await fetch(`${jobTracker.url}/jobs${query}`)).json()) as JobStatus[]).map((job) => job.jobId);
    expect(await idsOf('')).toEqual(ids.slice(150));
    expect(await idsOf('?limit=2')).toEqual(ids.slice(248));
    expect(await idsOf(`?limit=2&before=${ids[2]}`)).toEqual(ids.slice(0, 2));
    expect(await idsOf('?running=true')).toEqual([]);
    for (const query of ['?limit=0', '?limit=1001', '?limit=x', '?before=../x']) {
      expect((await fetch(`${jobTracker.url}/jobs${query}`)).status, query).toBe(400);
    }
    const page = await (await fetch(`${jobTracker.url}/`)).text();
    expect(page).toContain(`<a href="/?before=${ids[150]}">Older jobs</a>`);
    expect(page).not.toContain(`>${ids[149]}<`);
    expect(await (await fetch(`${jobTracker.url}/?before=${ids[50]}`)).text()).not.toContain('Older jobs');
    const named = conf.clone().set('mapreduce.jobtracker.http.address', `127.0.0.1:${jobTracker.httpAddress.port}`);
    await using service = new RemoteJobService(named);
    expect((await service.list()).map((job) => job.jobId)).toEqual(ids);
  } finally {
    await jobTracker.stop();
  }
});
