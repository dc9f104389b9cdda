// A tracker's own logs of jobs go after mapreduce.job.userlog.retain.hours (UserLogCleaner of Hadoop).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { OldLogs } from '../../../mapreduce/tasktracker/old-logs.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';

const HOUR_MS = 3_600_000;
const START_MS = 1_700_000_000_000;

let directory: string;
let nowMs: number;
const clock = { ...systemClock, now: () => nowMs };

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-old-logs-'));
  nowMs = START_MS;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Makes the logs of a job whose last attempt began at a time. */
function logsOf(job: string, atMs: number): void {
  fs.mkdirSync(path.join(directory, job, 'attempt'), { recursive: true });
  fs.writeFileSync(path.join(directory, job, 'attempt', 'stdout'), 'text');
  fs.utimesSync(path.join(directory, job), atMs / 1000, atMs / 1000);
}

const left = (): string[] => fs.readdirSync(directory).sort();

it('deletes old ones at the start, and then every hour those that have become old', async () => {
  const conf = new Configuration({ 'mapreduce.job.userlog.retain.hours': '2' });
  logsOf('job_1', START_MS - 3 * HOUR_MS);
  logsOf('job_2', START_MS - HOUR_MS);
  logsOf('job_3', START_MS);
  const logs = new OldLogs(directory, conf, clock, silentLogger);
  try {
    await expect.poll(left).toEqual(['job_2', 'job_3']);
    nowMs += 1.5 * HOUR_MS;
    // A look is left out while the one before it goes on.
    const afterNextLook = (): string[] => {
      vi.advanceTimersByTime(HOUR_MS);
      return left();
    };
    await expect.poll(afterNextLook).toEqual(['job_3']);
  } finally {
    await logs.stop();
  }
  nowMs += 10 * HOUR_MS;
  vi.advanceTimersByTime(HOUR_MS);
  expect(vi.getTimerCount()).toBe(0);
  expect(left()).toEqual(['job_3']);
});

it('a directory that is not there is no failure', async () => {
  const warn = vi.fn();
  const logs = new OldLogs(path.join(directory, 'none'), new Configuration(), clock, {
    ...silentLogger,
    warn,
  } as never);
  await logs.stop();
  expect(warn).not.toHaveBeenCalled();
});
