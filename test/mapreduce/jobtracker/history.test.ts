// The history of ended jobs lasts over a restart, and a failure of its directory or files is reported.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import type { JobStatus } from '../../../mapreduce/job/messages.ts';
import { JobHistory } from '../../../mapreduce/jobtracker/history.ts';
import { JobTracker } from '../../../mapreduce/jobtracker/job-tracker.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { trackerConf } from '../trackers.ts';
import { submission } from './scheduler-harness.ts';

let root: string;
let history: JobHistory;
const open = () => JobHistory.open(new Configuration({ 'mapreduce.cluster.local.dir': root }));

beforeEach(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-history-'));
  history = await open();
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function status(n: number): JobStatus {
  return {
    jobId: `job_1_000${n}`,
    name: 'n',
    user: 'u',
    state: 'SUCCEEDED',
    mapProgress: 1,
    reduceProgress: 1,
    maps: 0,
    reduces: 0,
    startTimeMs: 1,
    finishTimeMs: 2,
    failureInfo: '',
    failures: [],
    counters: {},
    output: 'file:/out',
    version: 3,
  };
}

describe('JobHistory', () => {
  it('has every job that was kept, the oldest first, also when it is opened anew', async () => {
    for (const n of [2, 1]) await history.save(status(n), []);
    const again = await open();
    expect(await again.list()).toEqual([1, 2].map((n) => ({ status: status(n), attempts: [] })));
    expect(await again.get('job_1_0003')).toBeUndefined();
    expect(await again.get('../../etc/passwd')).toBeUndefined();
  });

  it('names a file that can not be read', async () => {
    await history.save(status(1), []);
    const file = path.join(root, 'history', 'job_1_0001.json');
    fs.writeFileSync(file, '{"status":');
    const message = expect.stringContaining(`The history of job_1_0001 can not be read from ${file}: `);
    await expect(history.get('job_1_0001')).rejects.toMatchObject({ code: 'IOException', message });
    await expect(history.list()).rejects.toMatchObject({ code: 'IOException', message });
  });

  it('tells the caller of a directory that is gone: that is no empty history', async () => {
    fs.rmSync(path.join(root, 'history'), { recursive: true });
    await expect(history.list()).rejects.toThrow(/The history .* can not be read: ENOENT/);
    await expect(history.save(status(1), [])).rejects.toThrow('ENOENT');
  });
});

describe('a JobTracker whose history refuses a job', () => {
  it('tells why, still shows the job, and writes it again when a minute has passed', async () => {
    const messages: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => messages.push(line) });
    let offsetMs = 0;
    const clock = { now: () => systemClock.now(), monotonicMs: () => systemClock.monotonicMs() + offsetMs };
    const jobTracker = await JobTracker.start({ conf: trackerConf(root), log, clock });
    try {
      const directory = path.join(root, 'local', 'history');
      fs.rmSync(directory, { recursive: true });
      const body = JSON.stringify({ ...submission([], 0), output: `file:${root}/out` });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${jobTracker.url}/jobs`, { method: 'POST', headers, body })).status).toBe(200);
      await until(() => messages.length > 0, 'an error in the log');
      expect(messages[0]).toMatch(/ENOENT.*"jobId":"job_1_0001".*The history can not keep a job/);
      const shown = (await (await fetch(`${jobTracker.url}/jobs/job_1_0001`)).json()) as JobStatus;
      expect(shown.state).toBe('SUCCEEDED');
      fs.mkdirSync(directory);
      offsetMs = 60_000;
      await until(() => fs.existsSync(path.join(directory, 'job_1_0001.json')), 'the job in the history');
      expect(messages).toHaveLength(1);
    } finally {
      await jobTracker.stop();
    }
  });
});
