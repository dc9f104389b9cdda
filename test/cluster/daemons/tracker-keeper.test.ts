// A TaskTracker that dies is started again; one that a command or a signal has ended is not (real processes).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { daemonState, signalProcess } from '../../../cluster/daemons/daemon-process.ts';
import { ProcessControl } from '../../../cluster/daemons/process-control.ts';
import { readRunningCluster, startCluster, stopCluster } from '../../../cluster/daemons/start.ts';
import { describeStatus } from '../../../cluster/daemons/status.ts';
import { TrackerKeeper } from '../../../cluster/daemons/tracker-keeper.ts';
import { type Logger, silentLogger } from '../../../runtime/log.ts';
import { until } from '../../support/until.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-keeper-'));
afterAll(async () => {
  await stopCluster(dir);
  fs.rmSync(dir, { recursive: true, force: true });
});

const pidOf = (daemon: string): number => readRunningCluster(dir)?.processIds[daemon] ?? 0;

it('starts a tracker again that was killed, and none that was ended on purpose', async () => {
  const started = await startCluster({ dir, datanodes: 3, freePorts: true, mapreduce: true, properties: {} });
  const [first, second, third] = ['tasktracker1', 'tasktracker2', 'tasktracker3'].map(pidOf);
  await new ProcessControl(dir).kill('tasktracker2');
  signalProcess(third ?? 0, 'SIGTERM');
  await until(() => daemonState('tasktracker3', third ?? 0) === 'ended', 'the third tracker to stop');
  signalProcess(first ?? 0, 'SIGKILL');
  await until(() => pidOf('tasktracker1') !== first, 'the first tracker to be started again');
  expect(daemonState('tasktracker1', pidOf('tasktracker1'))).toBe('running');
  expect(readRunningCluster(dir)?.addresses['tasktracker1.http']).toBe(started.addresses['tasktracker1.http']);
  expect([pidOf('tasktracker2'), pidOf('tasktracker3')]).toEqual([second, third]);
  await until(() => readRunningCluster(dir)?.restarts?.['tasktracker1'] === 1, 'calf status to tell of it');
  const cluster = readRunningCluster(dir);
  if (cluster)
    expect(await describeStatus(cluster)).toMatch(/tasktracker1 .* running, died and was started again: 1 time/);
  const keeper = started.keeperId ?? 0;
  expect(daemonState('keeper', keeper)).toBe('running');
  await stopCluster(dir);
  expect(daemonState('keeper', keeper)).toBe('ended');
});

it('gives up a tracker that dies again and again, and says so', async () => {
  const started = await startCluster({ dir, datanodes: 1, freePorts: true, mapreduce: true, properties: {} });
  // Another keeper takes the place of the cluster's own, whose pauses are long.
  signalProcess(started.keeperId ?? 0, 'SIGTERM');
  await until(() => daemonState('keeper', started.keeperId ?? 0) === 'ended', 'the keeper to stop');
  const messages: string[] = [];
  const take = (_facts: unknown, message: string) => void messages.push(message);
  const log = { ...silentLogger, warn: take, error: take } as unknown as Logger;
  const keeper = new TrackerKeeper(dir, log, { restartsMax: 1, firstDelayMs: 10 });
  const running = keeper.run();
  const first = pidOf('tasktracker1');
  signalProcess(first, 'SIGKILL');
  await until(() => pidOf('tasktracker1') !== first, 'the tracker to be started again');
  const second = pidOf('tasktracker1');
  signalProcess(second, 'SIGKILL');
  await until(() => messages.some((text) => text.includes('not started any more')), 'the keeper to give up');
  keeper.stop();
  await running;
  const told = `dies again and again and is not started any more: process ${second} has died`;
  expect(messages).toEqual([
    `tasktracker1 is started again: process ${first} has died`,
    'tasktracker1 runs again',
    `tasktracker1 ${told}`,
  ]);
  expect(pidOf('tasktracker1')).toBe(second);
  const cluster = readRunningCluster(dir);
  expect(cluster && (await describeStatus(cluster))).toContain(told);
  await stopCluster(dir);
});
