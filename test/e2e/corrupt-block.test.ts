// Tests that readers avoid a corrupt replica and that the NameNode replaces it.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { until } from '../support/until.ts';
import { Acknowledged, readAll, run, writeAll } from './support.ts';

let dir: string;
let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-corrupt-'));
  const properties = { 'dfs.heartbeat.interval': '200ms', 'dfs.client.retry.window.base': '1' };
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

describe('a corrupt block', () => {
  /** Changes one byte of a file's only block in the replicas of some DataNodes. */
  async function corrupt(file: string, datanodes: readonly string[]): Promise<void> {
    const [block] =
      (await hdfs.client.call(ClientNamenode.getBlockLocations, { src: file, offset: 0, length: 1 })).locations
        ?.blocks ?? [];
    for (const datanode of datanodes) {
      const root = path.join(dir, 'cluster', datanode);
      const name = fs
        .readdirSync(root, { recursive: true })
        .map(String)
        .find((f) => path.basename(f) === `blk_${block?.b.blockId}`);
      const replica = path.join(root, name ?? '');
      const bytes = fs.readFileSync(replica);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      fs.writeFileSync(replica, bytes);
    }
  }
  const locations = async (file: string) => (await hdfs.getFileBlockLocations(file))[0];

  it('on one DataNode: readers get the right bytes, and the NameNode has a good replica copied', async () => {
    const bytes = randomBytes(300_000);
    await writeAll(hdfs, '/one', bytes);
    await until(async () => (await locations('/one'))?.names.length === 2, 'two replicas');
    await corrupt('/one', ['data1']);
    const warnings: string[] = [];
    await using reader = new DistributedFileSystem({
      conf: cluster.conf,
      uri: cluster.uri,
      warn: (w) => warnings.push(w),
    });
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
    // -ignoreCrc reads the bytes without verifying them.
    const raw = await run('hdfs', ['dfs', '-get', '-ignoreCrc', '/all', local], { confDir: cluster.confDir });
    expect(raw.err).toBe('');
    expect(fs.statSync(local).size).toBe(bytes.length);
    // A reader that finds every replica corrupt reports none, so none is deleted (DFSUtilClient.reportCheckSumFailure).
    expect(await locations('/all')).toMatchObject({ corrupt: false, names: { length: 2 } });
  });
});
