// Gathered logs go after yarn.log-aggregation.retain-seconds, looked for after a tenth of it (AggregatedLogDeletionService).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { LogCleaner } from '../../../mapreduce/logs/log-cleaner.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';

const START_MS = 1_700_000_000_000;

let root: string;
let nowMs: number;
const clock = { ...systemClock, now: () => nowMs };

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-log-cleaner-'));
  nowMs = START_MS;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  fs.rmSync(root, { recursive: true, force: true });
});

const confOf = (retainSeconds: number): Configuration =>
  new Configuration({
    'fs.defaultFS': 'file:///',
    'yarn.nodemanager.remote-app-log-dir': root,
    'yarn.log-aggregation.retain-seconds': String(retainSeconds),
  });

function gathered(application: string, atMs: number): void {
  const place = path.join(root, 'ann', 'logs', application);
  fs.mkdirSync(place, { recursive: true });
  fs.utimesSync(place, atMs / 1000, atMs / 1000);
}

const left = (): string[] => fs.readdirSync(path.join(root, 'ann', 'logs')).sort();

/** Returns a function for poll(): a look is left out while the one before it goes on. */
const afterNextLook = (intervalMs: number) => (): string[] => {
  vi.advanceTimersByTime(intervalMs);
  return left();
};

it('looks after a tenth of the age, and ends its timer', async () => {
  gathered('application_1', START_MS - 1_001_000);
  gathered('application_2', START_MS - 900_000);
  const cleaner = new LogCleaner(confOf(1000), clock, silentLogger);
  try {
    vi.advanceTimersByTime(99_999);
    expect(left()).toEqual(['application_1', 'application_2']);
    vi.advanceTimersByTime(1);
    await expect.poll(left).toEqual(['application_2']);
    nowMs += 101_000;
    await expect.poll(afterNextLook(100_000)).toEqual([]);
  } finally {
    await cleaner.stop();
  }
  expect(vi.getTimerCount()).toBe(0);
});

it('looks at most once a second', async () => {
  gathered('application_1', START_MS - 5000);
  const cleaner = new LogCleaner(confOf(1), clock, silentLogger);
  vi.advanceTimersByTime(999);
  expect(left()).toEqual(['application_1']);
  vi.advanceTimersByTime(1);
  await expect.poll(left).toEqual([]);
  await cleaner.stop();
});

it('-1 keeps the logs for ever, without a timer', async () => {
  const cleaner = new LogCleaner(confOf(-1), clock, silentLogger);
  expect(vi.getTimerCount()).toBe(0);
  await cleaner.stop();
});

it('goes on after a failure, of which the log tells', async () => {
  const warn = vi.fn();
  fs.mkdirSync(path.join(root, 'ann', 'logs'), { recursive: true });
  const conf = confOf(1).set('yarn.nodemanager.remote-app-log-dir', 'nofs://host/logs');
  const cleaner = new LogCleaner(conf, clock, { ...silentLogger, warn } as never);
  vi.advanceTimersByTime(1000);
  await expect.poll(() => warn.mock.calls.length).toBe(1);
  await expect.poll(() => afterNextLook(1000)() && warn.mock.calls.length).toBeGreaterThan(1);
  await cleaner.stop();
  expect(warn).toHaveBeenCalledWith(expect.anything(), 'Old logs of jobs can not be deleted');
});
