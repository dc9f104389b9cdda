import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../cli/mini-cluster.ts';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { distProgram } from '../../conf/dist.ts';
import { silentLogger } from '../../conf/log.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { Acknowledged, readAll, run, until, writeAll } from './support.ts';

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

/** More than any disk has. */
const ALL_OF_IT = String(2 ** 52);

describe('a full disk', () => {
  it('of every DataNode: the writer is told, and what was there stays readable', async () => {
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
    // Names need no room on DataNodes: the NameNode goes on, and nothing half-written stays.
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
      expect(String(refused)).toContain('Resources are low on NN: the disk of dfs.namenode.name.dir is full');
      expect((await client.getFileStatus('/')).type).toBe('DIRECTORY');
    } finally {
      await namenode.stop();
    }
  });

  it('in the middle of a block: the pipeline goes on without that DataNode, and the file is whole', async () => {
    // A limit on file sizes is a disk that takes no more: node ignores its signal, and writes fail.
    const limited = spawn('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, distProgram('hdfs'), 'datanode', ...limitedArgs()], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, HADOOP_CONF_DIR: cluster.confDir, CALF_LOG: 'warn' },
    });
    let log = '';
    limited.stderr?.on('data', (chunk: Buffer) => {
      log += chunk;
    });
    try {
      await once(limited, 'message');
      await until(async () => (await hdfs.getDatanodeReport('LIVE')).length === 3, 'three DataNodes');
      const bytes = randomBytes(5 * 2 ** 20);
      const out = await hdfs.create('/limited', { replication: 3 });
      await out.write(Buffer.from(bytes));
      await out.close();
      expect((await readAll(hdfs, '/limited')).equals(bytes)).toBe(true);
      await until(() => /File too large|EFBIG/.test(log), 'the reason in the DataNode’s log');
      // It has lost a block and not its mind: it takes what fits.
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

  const limitedArgs = () =>
    Object.entries({
      'dfs.datanode.data.dir': path.join(dir, 'limited'),
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
    }).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
});

describe('a corrupt block', () => {
  /** Changes one byte of a file's only block in the replicas of some DataNodes. */
  async function corrupt(file: string, datanodes: readonly string[]): Promise<void> {
    const { fileId } = await hdfs.getFileStatus(file);
    expect(fileId).toBeDefined();
    const [block] = (await hdfs.client.call(ClientNamenode.getBlockLocations, { src: file, offset: 0, length: 1 })).locations?.blocks ?? [];
    for (const datanode of datanodes) {
      const root = path.join(dir, 'cluster', datanode);
      const name = fs.readdirSync(root, { recursive: true }).map(String).find((f) => path.basename(f) === `blk_${block?.b.blockId}`);
      const replica = path.join(root, name ?? '');
      const bytes = fs.readFileSync(replica);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      fs.writeFileSync(replica, bytes);
    }
  }
  const locations = async (file: string) => (await hdfs.getFileBlockLocations(file))[0];

  it('on one DataNode: readers get the right bytes, and the NameNode has it copied anew', async () => {
    const bytes = randomBytes(300_000);
    await writeAll(hdfs, '/one', bytes);
    await until(async () => (await locations('/one'))?.names.length === 2, 'two replicas');
    await corrupt('/one', ['data1']);
    const warnings: string[] = [];
    await using reader = new DistributedFileSystem({ conf: cluster.conf, uri: cluster.uri, warn: (w) => warnings.push(w) });
    await until(async () => {
      expect((await readAll(reader, '/one')).equals(bytes)).toBe(true);
      return warnings.length > 0;
    }, 'a read that chose the corrupt replica');
    expect(warnings[0]).toContain('Checksum error: /one at ');
    await until(async () => (await locations('/one'))?.names.length === 1, 'the NameNode to leave it out');
    expect((await readAll(hdfs, '/one')).equals(bytes)).toBe(true);
  });

  it('on every DataNode: the reader gets no wrong byte, and status 1', async () => {
    const bytes = randomBytes(300_000);
    await writeAll(hdfs, '/all', bytes);
    await until(async () => (await locations('/all'))?.names.length === 2, 'two replicas');
    await corrupt('/all', ['data1', 'data2']);
    const cat = await run('hdfs', ['dfs', '-cat', '/all'], { confDir: cluster.confDir });
    expect(cat.status).toBe(1);
    expect(cat.err).toMatch(/^cat: (Checksum error: \/all at |Could not obtain block: BP-.* file=\/all)/m);
    expect(cat.out.length).toBeLessThan(bytes.length);
    const local = path.join(dir, 'all');
    const get = await run('hdfs', ['dfs', '-get', '/all', local], { confDir: cluster.confDir });
    expect(get.status).toBe(1);
    expect(get.err).toMatch(/^get: (Checksum error: \/all at |Could not obtain block: BP-.* file=\/all)/m);
    expect(fs.existsSync(local)).toBe(false);
    // A reader that asks for the bytes as they are gets them.
    const raw = await run('hdfs', ['dfs', '-get', '-ignoreCrc', '/all', local], { confDir: cluster.confDir });
    expect(raw.err).toBe('');
    expect(fs.statSync(local).size).toBe(bytes.length);
    // A reader that finds every replica bad doubts itself (DFSUtilClient.reportCheckSumFailure): none is thrown away.
    expect(await locations('/all')).toMatchObject({ corrupt: false, names: { length: 2 } });
  });
});
