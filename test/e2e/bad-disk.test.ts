// Tests daemons and writers with full disks.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import type { ReadyMessage } from '../../runtime/daemon.ts';
import { distProgram } from '../../runtime/dist.ts';
import { silentLogger } from '../../runtime/log.ts';
import { until } from '../support/until.ts';
import { Acknowledged, readAll, run } from './support.ts';

let dir: string;
let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-bad-disk-'));
  const properties = { 'dfs.heartbeat.interval': '1', 'dfs.client.retry.window.base': '1' };
  cluster = await MiniCluster.start({ dir: path.join(dir, 'cluster'), datanodes: 2, mapreduce: false, properties });
  hdfs = cluster.fileSystem();
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
});
afterEach(() => acknowledged.check());
afterAll(async () => {
  await hdfs.close();
  await cluster.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

/** Number of bytes to reserve, more than any disk has. */
const ALL_OF_IT = String(2 ** 52);

describe('a full disk', () => {
  it('of every DataNode: the write fails, and older files stay readable', async () => {
    await using full = await MiniCluster.start({
      datanodes: 1,
      mapreduce: false,
      properties: { 'dfs.datanode.du.reserved': ALL_OF_IT },
    });
    const local = path.join(dir, 'text');
    fs.writeFileSync(local, 'text');
    const put = await run('hdfs', ['dfs', '-put', local, '/file'], { confDir: full.confDir });
    expect(put.err).toContain(
      'put: File /file._COPYING_ could only be written to 0 of the 1 minReplication nodes. There are 1 datanode(s) ' +
        'running and 1 node(s) are excluded in this operation.',
    );
    expect(put.status).toBe(1);
    // Names need no space on DataNodes, so the NameNode goes on; no half-written file stays.
    await using client = full.fileSystem();
    await client.mkdirs('/dir');
    expect(await client.delete('/file._COPYING_', false)).toBe(false);
    expect((await client.getStatus()).remainingBytes).toBe(0);
  });

  it('of the NameNode: it takes no changes, and still answers', async () => {
    const conf = new Configuration({
      'dfs.namenode.name.dir': path.join(dir, 'full-name'),
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.resource.du.reserved': ALL_OF_IT,
    });
    const namenode = await NameNode.start({ conf, log: silentLogger });
    try {
      const uri = `hdfs://127.0.0.1:${namenode.rpcAddress.port}`;
      await using client = new DistributedFileSystem({ conf, uri });
      const refused = await client.mkdirs('/dir').catch((e: unknown) => e);
      expect(refused).toMatchObject({ code: 'SafeModeException' });
      expect(String(refused)).toContain('Cannot create directory /dir. Name node is in safe mode.');
      expect(String(refused)).toContain(
        'Resources are low on NN. Please add or free up more resources: the disk of dfs.namenode.name.dir',
      );
      expect((await client.getFileStatus('/')).type).toBe('DIRECTORY');
    } finally {
      await namenode.stop();
    }
  });

  it('in the middle of a block: the pipeline goes on without that DataNode, and the file is whole', async () => {
    const limited = startLimited('datanode', 1024, cluster.confDir, limitedDatanode());
    let log = '';
    limited.stderr?.on('data', (chunk: Buffer) => {
      log += chunk;
    });
    try {
      await ready(limited);
      await until(async () => (await hdfs.getDatanodeReport('LIVE')).length === 3, 'three DataNodes');
      const bytes = randomBytes(5 * 2 ** 20);
      // Writes several files, so that the failure hits the receiver at different steps.
      for (let i = 0; i < 8; i++) {
        const out = await hdfs.create(`/limited${i}`, { replication: 3 });
        await out.write(Buffer.from(bytes));
        await out.close();
        expect((await readAll(hdfs, `/limited${i}`)).equals(bytes)).toBe(true);
      }
      await until(() => /File too large|EFBIG/.test(log), 'the reason in the DataNode’s log');
      // The DataNode lost a block but still runs and takes blocks that fit.
      expect(limited.exitCode).toBeNull();
      const small = await hdfs.create('/small', { replication: 3 });
      await small.write(Buffer.from('small'));
      await small.close();
      await until(async () => (await hdfs.getFileBlockLocations('/small'))[0]?.hosts.length === 3, 'three replicas');
    } finally {
      limited.kill();
      await once(limited, 'exit');
    }
  });

  const limitedDatanode = () => ({
    'dfs.datanode.data.dir': path.join(dir, 'limited'),
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
  });

  it('under a NameNode at work: changes are refused, and those acknowledged are there after a kill -9', async () => {
    const properties = {
      'dfs.namenode.name.dir': path.join(dir, 'limited-name'),
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.safemode.min.datanodes': '0', // this NameNode has no DataNodes
    };
    // The limit is larger than a journal file, whose size is fixed. The store grows, because each call makes 30 inodes.
    const full = startLimited('namenode', 2560, cluster.confDir, properties);
    const below = `/${'x'.repeat(200)}`.repeat(30);
    let made = 0;
    try {
      const { rpc } = await ready(full);
      await using client = new DistributedFileSystem({ conf: new Configuration(), uri: `hdfs://${rpc}` });
      const refusals: string[] = [];
      while (refusals.length < 2) {
        try {
          await client.mkdirs(`/${made}${below}`);
          made++;
        } catch (e) {
          refusals.push(String(e));
        }
      }
      expect(made).toBeGreaterThan(10);
      expect(refusals[0]).toMatch(/^(IOException: The NameNode's store .* can't be written: |SafeModeException: )/);
      expect(refusals[1]).toMatch(/^SafeModeException: .*Name node is in safe mode.\nResources are low on NN/s);
      expect((await client.getFileStatus(`/0${below}`)).type).toBe('DIRECTORY');
      expect(full.exitCode).toBeNull();
    } finally {
      full.kill('SIGKILL');
      await once(full, 'exit');
    }
    const namenode = await NameNode.start({ conf: new Configuration(properties), log: silentLogger });
    try {
      const uri = `hdfs://127.0.0.1:${namenode.rpcAddress.port}`;
      await using client = new DistributedFileSystem({ conf: new Configuration(), uri });
      for (let i = 0; i < made; i++) await client.getFileStatus(`/${i}${below}`);
    } finally {
      await namenode.stop();
    }
  });
});

/**
 * Starts a daemon whose files can't grow beyond a size, as on a full disk: node ignores the signal of the limit, and
 * writes fail.
 */
function startLimited(daemon: string, kibibytes: number, confDir: string, properties: Record<string, string>) {
  // ulimit -f counts blocks of 512 bytes, as in POSIX.
  const limit = `ulimit -f ${kibibytes * 2}; exec "$@"`;
  const defines = Object.entries(properties).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  return spawn('sh', ['-c', limit, 'sh', process.execPath, distProgram('hdfs'), daemon, ...defines], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, HADOOP_CONF_DIR: confDir, CALF_LOG: 'warn' },
  });
}

/** Waits until the daemon listens. Returns its addresses. */
async function ready(daemon: ChildProcess): Promise<Readonly<Record<string, string>>> {
  const [message] = (await once(daemon, 'message')) as [ReadyMessage];
  return message.ready;
}
