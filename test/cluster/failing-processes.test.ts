// Tests that `calf start` leaves no daemon, socket, timer or lock behind, whichever of its steps fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { daemonState } from '../../cluster/daemons/daemon-process.ts';
import { readRunningCluster, startCluster, stopCluster } from '../../cluster/daemons/start.ts';
import { expectNothingLeft, openResources } from '../support/resources.ts';

/** Every process that was started, and the number of the launch that must fail, counted from 1. */
const launches = vi.hoisted(() => ({ pids: [] as [daemon: string, pid: number][], count: 0, failing: 0 }));

vi.mock('../../cluster/daemons/launch.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../cluster/daemons/launch.ts')>();
  const { launchDaemon } = original;
  return {
    ...original,
    launchDaemon: async (...[layout, daemon, properties, onSpawn]: Parameters<typeof launchDaemon>) => {
      launches.count++;
      const isTurn = launches.count === launches.failing;
      const launched = await launchDaemon(layout, daemon, properties, (pid) => {
        launches.pids.push([daemon, pid]);
        onSpawn?.(pid);
      });
      if (isTurn) throw new Error(`launch of ${daemon} fails`);
      return launched;
    },
  };
});

let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-launch-'));
  Object.assign(launches, { pids: [], count: 0, failing: 0 });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await stopCluster(dir);
  fs.rmSync(dir, { recursive: true, force: true });
});

const start = () =>
  startCluster({ dir, datanodes: 1, freePorts: true, mapreduce: true, properties: { 'dfs.replication': '1' } });

async function expectNothingRuns(before: Readonly<Record<string, number>>, ...processes: number[]): Promise<void> {
  expect(processes).toContain(launches.pids.length);
  for (const [daemon, pid] of launches.pids) expect(daemonState(daemon, pid), daemon).toBe('ended');
  expect(readRunningCluster(dir)).toBeUndefined();
  expect(fs.existsSync(path.join(dir, 'running.json'))).toBe(false);
  await expectNothingLeft(before);
}

// The NameNode is launched first, then the DataNode and the JobTracker at the same time. A TaskTracker follows the
// JobTracker, if nothing has failed by then.
test.each([
  [1, 'namenode', [1]],
  [2, 'datanode1', [3, 4]],
  [3, 'jobtracker', [3]],
  [4, 'tasktracker1', [4]],
])('launch %d, of the %s, fails', async (n, daemon, processes) => {
  const before = openResources();
  launches.failing = n;
  await expect(start()).rejects.toThrow(`launch of ${daemon} fails`);
  await expectNothingRuns(before, ...processes);
});

test('running.json cannot be written', async () => {
  const before = openResources();
  const write = fs.writeFileSync;
  vi.spyOn(fs, 'writeFileSync').mockImplementation((file, ...rest) => {
    if (String(file).includes('running.json')) throw new Error('no space');
    return write(file, ...rest);
  });
  await expect(start()).rejects.toThrow('no space');
  await expectNothingRuns(before, 4);
});

test('a daemon that refuses SIGTERM does not keep the others', async () => {
  const before = openResources();
  await start();
  const real = process.kill.bind(process);
  const [[, refused] = ['', 0]] = launches.pids;
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    if (pid === refused && signal === 'SIGTERM') throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    return real(pid, signal);
  });
  await expect(stopCluster(dir)).rejects.toThrow('EPERM');
  for (const [daemon, pid] of launches.pids) {
    expect(daemonState(daemon, pid), daemon).toBe(pid === refused ? 'running' : 'ended');
  }
  // The daemon that still runs is still recorded, so that a second stop ends it.
  vi.restoreAllMocks();
  expect(await stopCluster(dir)).toBe(true);
  await expectNothingRuns(before, 4);
});
