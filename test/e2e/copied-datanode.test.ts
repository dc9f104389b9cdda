// A copy of a DataNode's directory, started beside the DataNode: the NameNode refuses the copy and says why.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  await fs.cp(cluster.dataDir(0), cluster.dataDir(1), { recursive: true });
  await fs.rm(path.join(cluster.dataDir(1), 'in_use.lock'));
  const first = cluster.datanodes[0];
  const copy = await cluster.addDatanode();
  expect(copy.datanodeUuid).toBe(first?.datanodeUuid);
  const reason = await copy.stopped;
  const { host, port } = first?.xferAddress ?? { host: '', port: 0 };
  expect(reason?.message).toContain(`is a copy of that of the DataNode at ${host}:${port}, which is alive`);
  expect(reason?.message).toContain('UnregisteredNodeException');
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
