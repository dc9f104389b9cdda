// The history of ended jobs lasts over a restart, and a failure of its directory or files is reported.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../../conf/configuration.ts';
import type { JobStatus } from '../../../../mapreduce/job/messages.ts';
import { HistoryCleaner } from '../../../../mapreduce/jobtracker/history/cleaner.ts';
import { JobHistory } from '../../../../mapreduce/jobtracker/history/job-history.ts';
import { JobTracker } from '../../../../mapreduce/jobtracker/job-tracker.ts';
import { makeSecret } from '../../../../runtime/http/cluster-secret.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { systemClock } from '../../../../runtime/runtime.ts';
import { signedFetch } from '../../../runtime/http/signed-fetch.ts';
import { until } from '../../../support/until.ts';
import { trackerConf } from '../../trackers.ts';
import { submission } from '../scheduler/scheduler-harness.ts';

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
    jobId: job(n),
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

const job = (n: number): string => `job_1_${String(n).padStart(4, '0')}`;
const files = (): string[] => fs.readdirSync(path.join(root, 'history')).sort();

describe('JobHistory', () => {
  it('has every job that was kept, the oldest first, also when it is opened anew', async () => {
    for (const n of [10_000, 2, 9999, 1]) await history.save({ status: status(n), attempts: [] });
    for (const same of [history, await open()]) {
      expect(same.idsBefore(undefined, 10)).toEqual([1, 2, 9999, 10_000].map(job));
      expect(await same.get(job(2))).toEqual({ status: status(2), attempts: [] });
      expect(await same.get(job(3))).toBeUndefined();
      expect(await same.get('../../etc/passwd')).toBeUndefined();
    }
  });

  it('gives a page of ids, and reads no file for it', async () => {
    for (const n of [1, 2, 3, 4, 5]) await history.save({ status: status(n), attempts: [] });
    fs.rmSync(path.join(root, 'history'), { recursive: true });
    expect(history.idsBefore(undefined, 2)).toEqual([job(4), job(5)]);
    expect(history.idsBefore(job(4), 2)).toEqual([job(2), job(3)]);
    expect(history.idsBefore(job(2), 2)).toEqual([job(1)]);
    expect(history.idsBefore(job(1), 2)).toEqual([]);
  });

  it('names a file that can not be read', async () => {
    await history.save({ status: status(1), attempts: [] });
    const file = path.join(root, 'history', 'job_1_0001.json');
    fs.writeFileSync(file, '{"status":');
    const message = expect.stringContaining(`The history of job_1_0001 can not be read from ${file}: `);
    await expect(history.get('job_1_0001')).rejects.toMatchObject({ code: 'IOException', message });
  });

  it('tells the caller of a directory that is gone: that is no empty history', async () => {
    await history.save({ status: status(1), attempts: [] });
    fs.rmSync(path.join(root, 'history'), { recursive: true });
    await expect(history.get(job(1))).rejects.toThrow(/The history .* can not be read .*: ENOENT/);
    await expect(history.save({ status: status(1), attempts: [] })).rejects.toThrow('ENOENT');
  });
});

describe('a JobTracker whose history refuses a job', () => {
  it('tells why, still shows the job, and writes it again when a minute has passed', async () => {
    const messages: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => messages.push(line) });
    let offsetMs = 0;
    const clock = { now: () => systemClock.now(), monotonicMs: () => systemClock.monotonicMs() + offsetMs };
    const conf = trackerConf(root);
    const jobTracker = await JobTracker.start({ conf, log, clock });
    try {
      const directory = path.join(root, 'local', 'history');
      fs.rmSync(directory, { recursive: true });
      const body = JSON.stringify({ ...submission([], 0), output: `file:${root}/out` });
      const answer = await signedFetch(makeSecret(conf), `${jobTracker.url}/jobs`, { method: 'POST', body });
      expect(answer.status).toBe(200);
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

// As in Hadoop: mapreduce.jobhistory.max-age-ms is a week unless the configuration says otherwise.
describe('HistoryCleaner', () => {
  const WEEK_MS = 7 * 24 * 3600 * 1000;

  it('deletes the jobs that ended more than a week ago, and files that were never finished', async () => {
    for (const n of [1, 2, 3]) await history.save({ status: status(n), attempts: [] });
    fs.writeFileSync(path.join(root, 'history', 'job_1_0004.json.partial'), '{');
    const now = systemClock.now();
    const age = (name: string, ms: number) => {
      const seconds = (now - ms) / 1000;
      fs.utimesSync(path.join(root, 'history', name), seconds, seconds);
    };
    age('job_1_0001.json', WEEK_MS + 1000);
    age('job_1_0002.json', WEEK_MS - 1000);
    age('job_1_0004.json.partial', WEEK_MS + 1000);
    const clock = { ...systemClock, now: () => now };
    const cleaner = new HistoryCleaner(history, new Configuration(), clock, silentLogger);
    cleaner.start();
    await cleaner.stop();
    expect(files()).toEqual(['job_1_0002.json', 'job_1_0003.json']);
    expect(history.idsBefore(undefined, 10)).toEqual([job(2), job(3)]);
    expect(await history.get(job(1))).toBeUndefined();
  });
});
