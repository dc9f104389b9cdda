// Tests that a MiniCluster leaves nothing open, whichever step of its start or stop fails.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { JobTracker } from '../../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../../mapreduce/tasktracker/task-tracker.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { expectNothingLeft, openResources } from '../support/resources.ts';

let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-steps-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(dir, { recursive: true, force: true });
});

const start = () => MiniCluster.start({ dir, datanodes: 2, properties: { 'dfs.replication': '1' } });
const STARTED = [NameNode, DataNode, JobTracker, TaskTracker] as const;

/** Makes the n-th listening server, counted from 1, fail with EADDRINUSE. @returns a function that counts servers */
function failListen(n: number): () => number {
  let count = 0;
  const { listen } = net.Server.prototype;
  vi.spyOn(net.Server.prototype, 'listen').mockImplementation(function (this: net.Server, ...args: unknown[]) {
    count++;
    if (count !== n) return Reflect.apply(listen, this, args) as net.Server;
    const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', syscall: 'listen' });
    queueMicrotask(() => this.emit('error', error));
    return this;
  });
  return () => count;
}

/** Makes the n-th start of a daemon fail, counted from 1. */
function failStart(n: number): void {
  let count = 0;
  const guard = <O, D>(type: { start(options: O): Promise<D> }): void => {
    const real = type.start.bind(type);
    vi.spyOn(type, 'start').mockImplementation((options: O) => {
      count++;
      return count === n ? Promise.reject(new Error(`start ${n} fails`)) : real(options);
    });
  };
  guard(NameNode);
  guard(DataNode);
  guard(JobTracker);
  guard(TaskTracker);
}

/** Checks that the directory can be used again at once, because no lock is held. */
async function expectUnlocked(): Promise<void> {
  vi.restoreAllMocks();
  const cluster = await start();
  await cluster.stop();
}

// Rule of runtime/closers.ts: a failing step of a start or stop leaves no socket, timer, lock or child process.
describe('a MiniCluster whose start fails leaves nothing open', () => {
  // The daemons are the NameNode, 2 DataNodes, the JobTracker and 2 TaskTrackers.
  test.each([1, 2, 3, 4, 5, 6])('at the start of daemon %d', async (n) => {
    const before = openResources();
    failStart(n);
    await expect(start()).rejects.toThrow(`start ${n} fails`);
    await expectNothingLeft(before);
    await expectUnlocked();
    await expectNothingLeft(before);
  });

  test('at any port that a daemon opens', async () => {
    const before = openResources();
    const listening = failListen(0);
    const cluster = await start();
    await cluster.stop();
    const ports = listening();
    vi.restoreAllMocks();
    // At least two ports of the NameNode, three of each DataNode, one of the JobTracker and one of each TaskTracker.
    expect(ports).toBeGreaterThanOrEqual(11);
    for (let n = 1; n <= ports; n++) {
      failListen(n);
      await expect(start(), `port ${n}`).rejects.toThrow(/EADDRINUSE|in use|already/i);
      vi.restoreAllMocks();
      await expectNothingLeft(before);
    }
    await expectUnlocked();
  });

  test('when the configuration cannot be written', async () => {
    const before = openResources();
    fs.mkdirSync(path.join(dir, 'conf', 'core-site.xml'), { recursive: true });
    fs.writeFileSync(path.join(dir, 'calf-cluster.json'), '{"layoutVersion":1}');
    await expect(start()).rejects.toThrow('EISDIR');
    await expectNothingLeft(before);
    fs.rmSync(path.join(dir, 'conf', 'core-site.xml'), { recursive: true });
    await expectUnlocked();
  });
});

describe('a MiniCluster whose stop fails closes all the rest', () => {
  test.each([1, 2, 3, 4, 5, 6])('at the stop of daemon %d', async (n) => {
    const before = openResources();
    const cluster = await start();
    let count = 0;
    for (const type of STARTED) {
      const real = type.prototype.stop;
      vi.spyOn(type.prototype, 'stop').mockImplementation(async function (this: never) {
        count++;
        const isTurn = count === n;
        await Reflect.apply(real, this, []);
        if (isTurn) throw new Error(`stop ${n} fails`);
      });
    }
    await expect(cluster.stop()).rejects.toThrow(`stop ${n} fails`);
    expect(count).toBe(6);
    await expectNothingLeft(before);
    await expectUnlocked();
  });

  test('a second stop has nothing to do', async () => {
    const cluster = await start();
    await cluster.stop();
    const closed = openResources();
    await cluster.stop();
    expect(openResources()).toEqual(closed);
  });
});
