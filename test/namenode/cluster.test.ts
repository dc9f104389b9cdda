import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { silentLogger } from '../../runtime/log.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A NameNode, DataNodes that beat fast and are soon given up, and a client. */
async function startCluster(datanodeCount: number) {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-nn-cluster-'));
  cleanups.push(() => fs.rm(dir, { recursive: true, force: true }));
  const conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.namenode.name.dir': `${dir}/name`,
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.heartbeat.interval': '100ms',
    'dfs.namenode.heartbeat.recheck-interval': '100',
    'dfs.namenode.redundancy.interval.seconds': '100ms',
    'dfs.blocksize': '1m',
  });
  const start = async () => {
    const nn = await NameNode.start({ conf, log: silentLogger });
    conf.set('dfs.namenode.rpc-address', `127.0.0.1:${nn.rpcAddress.port}`);
    conf.set('fs.defaultFS', `hdfs://127.0.0.1:${nn.rpcAddress.port}`);
    cleanups.push(() => nn.stop());
    return nn;
  };
  const namenode = await start();
  const datanodes: DataNode[] = [];
  for (let i = 0; i < datanodeCount; i++) {
    const own = conf.clone().set('dfs.datanode.data.dir', `${dir}/data${i}`);
    const datanode = await DataNode.start({ conf: own, log: silentLogger });
    cleanups.push(() => datanode.stop());
    datanodes.push(datanode);
  }
  const dfs = new DistributedFileSystem({ conf });
  cleanups.push(() => dfs.close());
  const rpc = new RpcClient({ ...namenode.rpcAddress, protocol: ClientNamenode.PROTOCOL, user: 'root' });
  cleanups.push(() => rpc.close());
  const hosts = async (file: string) =>
    (await dfs.getFileBlockLocations(file, 0, Number.MAX_SAFE_INTEGER)).map((b) => b.names.length);
  return { dir, conf, namenode, datanodes, dfs, rpc, hosts, start };
}

async function put(dfs: DistributedFileSystem, file: string, data: Uint8Array, replication: number) {
  const out = await dfs.create(file, { replication });
  await out.write(data);
  await out.close();
}

async function get(dfs: DistributedFileSystem, file: string): Promise<Buffer> {
  await using input = await dfs.open(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const DATA = Buffer.alloc(2_500_000, 'the quick brown fox ');

describe('a cluster', () => {
  it('copies the blocks of a DataNode that died', async () => {
    const { dfs, datanodes, hosts } = await startCluster(3);
    await put(dfs, '/f', DATA, 2);
    await vi.waitFor(async () => expect(await hosts('/f')).toEqual([2, 2, 2]), WAIT);
    await datanodes[0]?.stop();
    await vi.waitFor(async () => {
      const locations = await dfs.getFileBlockLocations('/f');
      const dead = `127.0.0.1:${datanodes[0]?.xferAddress.port}`;
      expect(locations.map((b) => b.names.length)).toEqual([2, 2, 2]);
      expect(locations.flatMap((b) => b.names)).not.toContain(dead);
    }, WAIT);
    expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
  }, 60_000);

  it('deletes replicas that are too many, and adds those that lack', async () => {
    const { dfs, dir, hosts } = await startCluster(3);
    await put(dfs, '/f', DATA, 3);
    await dfs.setReplication('/f', 1);
    const blockFiles = async () => {
      const names = await fs.readdir(dir, { recursive: true });
      return names.filter((n) => /finalized.*blk_\d+$/.test(n)).length;
    };
    await vi.waitFor(async () => expect(await blockFiles()).toBe(3), WAIT);
    await dfs.setReplication('/f', 2);
    await vi.waitFor(async () => expect(await hosts('/f')).toEqual([2, 2, 2]), WAIT);
    expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
    await dfs.delete('/f', false);
    await vi.waitFor(async () => expect(await blockFiles()).toBe(0), WAIT);
  }, 60_000);

  it('knows where the blocks are after a restart of the NameNode', async () => {
    const { dfs, namenode, start } = await startCluster(2);
    await put(dfs, '/d/f', DATA, 2);
    await namenode.stop();
    const restarted = await start();
    expect(restarted.inSafeMode).toBe(true);
    await vi.waitFor(() => expect(restarted.inSafeMode).toBe(false), WAIT);
    expect((await get(dfs, '/d/f')).equals(DATA)).toBe(true);
    await put(dfs, '/d/g', DATA, 2);
    expect((await get(dfs, '/d/g')).equals(DATA)).toBe(true);
  }, 60_000);

  it('recovers the lease of a writer that vanished: what it flushed is readable, the file is closed', async () => {
    const { dfs, rpc } = await startCluster(2);
    const out = await dfs.create('/log', { replication: 2 });
    await out.write(DATA.subarray(0, 100_000));
    await out.hflush();
    await out.abort();
    await vi.waitFor(async () => {
      const { result } = await rpc.call(ClientNamenode.recoverLease, { src: '/log', clientName: 'other' });
      expect(result).toBe(true);
    }, WAIT);
    expect((await get(dfs, '/log')).equals(DATA.subarray(0, 100_000))).toBe(true);
  }, 60_000);
});
