// A copy of a DataNode's directory, started beside the DataNode: the NameNode refuses the copy and says why.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReadyMessage } from '../../runtime/daemon.ts';
import { distProgram } from '../../runtime/dist.ts';
import { someBytes } from '../datanode/support/blocks.ts';
import { until } from '../support/until.ts';
import { Cluster, put } from './cluster.ts';
import { readAll } from './support.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(1, { 'dfs.replication': '1', 'dfs.heartbeat.interval': '100ms' });
});
afterAll(() => cluster.stop());

test('the first DataNode stays, and the second ends with the reason', async () => {
  const hdfs = cluster.client();
  const data = someBytes(100_000);
  await put(hdfs, '/f', data, 1);
  await fs.cp(cluster.dataDir(0), cluster.dataDir(1), { recursive: true, filter: (file) => !file.endsWith('.tmp') });
  await fs.rm(path.join(cluster.dataDir(1), 'in_use.lock'));
  const first = cluster.datanodes[0];
  const { host, port } = first?.xferAddress ?? { host: '', port: 0 };
  const refusal = `UnregisteredNodeException: The directory of this DataNode is a copy of that of the DataNode at ${host}:${port}, which is alive`;
  // The copy is refused before it is given anything: it does not start.
  await expect(cluster.addDatanode()).rejects.toThrow(refusal);
  await until(async () => {
    const [block] = await hdfs.getFileBlockLocations('/f');
    return block?.names[0] === `${host}:${port}`;
  }, 'the first DataNode to have registered again');
  expect((await readAll(hdfs, '/f')).equals(data)).toBe(true);
  await put(hdfs, '/g', data, 1);
  expect((await readAll(hdfs, '/g')).equals(data)).toBe(true);
});

test('a DataNode that is stopped and started again is no copy', async () => {
  const hdfs = cluster.client();
  await cluster.datanodes[0]?.stop();
  await cluster.restartDatanode(0);
  const data = someBytes(1000);
  await put(hdfs, '/h', data, 1);
  expect((await readAll(hdfs, '/h')).equals(data)).toBe(true);
});

describe('DataNodes that are processes of their own', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  interface Daemon {
    readonly child: ChildProcess;
    /** The address at which the DataNode takes data, once it listens; undefined if it has ended before. */
    readonly address: Promise<string | undefined>;
    readonly status: Promise<number | null>;
    readonly printed: () => string;
  }

  /** @param wrapper a program, with its arguments, that starts the DataNode */
  function startDatanode(dataDir: string, wrapper: readonly string[] = []): Daemon {
    const properties = {
      'fs.defaultFS': cluster.uri,
      'dfs.datanode.data.dir': dataDir,
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
      'dfs.heartbeat.interval': '100ms',
    };
    const defines = Object.entries(properties).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
    const [program = '', ...args] = [...wrapper, process.execPath, distProgram('hdfs'), 'datanode', ...defines];
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, CALF_LOG: 'warn' },
    });
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes) => {
        text += String(bytes);
      });
    }
    const status = once(child, 'exit').then(([code]) => code as number | null);
    const address = Promise.race([
      once(child, 'message').then(([message]) => Object.values((message as Partial<ReadyMessage>).ready ?? {})[0]),
      status.then(() => undefined),
    ]);
    return { child, address, status, printed: () => text };
  }

  test('the second one ends with the reason, and the first one stays', async () => {
    const own = path.join(cluster.dir, 'process-1');
    const first = startDatanode(own);
    const address = await first.address;
    expect(address, first.printed()).toMatch(/^127\.0\.0\.1:\d+$/);
    const copied = path.join(cluster.dir, 'process-2');
    // A file with such a name is gone at any moment: the DataNode, which runs, renames it.
    await fs.cp(own, copied, { recursive: true, filter: (file) => !file.endsWith('.tmp') });
    const second = startDatanode(copied);
    expect(await second.status).not.toBe(0);
    expect(second.printed()).toContain(`is a copy of that of the DataNode at ${address}, which is alive`);
    expect(first.child.exitCode, first.printed()).toBeNull();
  });

  const unshare = spawnSync('unshare', ['-p', '-f', 'true']);
  const reason = unshare.error?.message ?? String(unshare.stderr ?? '').trim();
  const title =
    unshare.status === 0
      ? 'each process 1 of its own namespace of processes, as in two containers, do not share a directory'
      : `as in two containers do not share a directory (unshare -p can't be had here: ${reason})`;

  test.skipIf(unshare.status !== 0)(title, async () => {
    const shared = path.join(cluster.dir, 'shared');
    // --kill-child ends the DataNode with unshare.
    const container = ['unshare', '-p', '-f', '--kill-child'];
    const first = startDatanode(shared, container);
    expect(await first.address, first.printed()).toBeDefined();
    expect(await fs.readFile(path.join(shared, 'in_use.lock'), 'utf8')).toMatch(/^1@/);
    const second = startDatanode(shared, container);
    expect(await second.status).not.toBe(0);
    expect(second.printed()).toMatch(/Cannot lock storage .*\/shared\. The directory is already locked by 1@/);
    expect(first.child.exitCode).toBeNull();
    // A container that is killed leaves its lock file, and no lock.
    first.child.kill('SIGKILL');
    await first.status;
    const third = startDatanode(shared, container);
    await until(async () => (await third.address) !== undefined, 'a DataNode in place of the one that was killed');
    expect(await fs.readFile(path.join(shared, 'in_use.lock'), 'utf8')).toMatch(/^1@/);
  });
});
