// Tests a NameNode with its DataNodes: re-replication, removal of excess replicas, restarts and lease recovery.
import fs from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { Closers } from '../../runtime/closers.ts';
import { eventually } from '../support/until.ts';
import { Cluster, locationCounts, put } from './cluster.ts';
import { readAll } from './support.ts';

let closers = new Closers();
afterEach(async () => {
  await closers.close();
  closers = new Closers();
});

/** Starts a cluster with short heartbeats, in which a silent DataNode is soon declared dead. */
async function startCluster(datanodeCount: number) {
  const cluster = await Cluster.start(datanodeCount, {
    'dfs.heartbeat.interval': '100ms',
    'dfs.namenode.heartbeat.recheck-interval': '100',
    'dfs.namenode.redundancy.interval.seconds': '100ms',
    'dfs.blocksize': '1m',
  });
  closers.add(() => cluster.stop());
  return { cluster, dir: cluster.dir, datanodes: cluster.datanodes, dfs: cluster.client() };
}

const DATA = Buffer.alloc(2_500_000, 'the quick brown fox ');

describe('a NameNode and its DataNodes', () => {
  it('copies the blocks of a DataNode that died', async () => {
    const { dfs, datanodes } = await startCluster(3);
    await put(dfs, '/f', DATA, 2);
    await eventually(async () => expect(await locationCounts(dfs, '/f')).toEqual([2, 2, 2]));
    await datanodes[0]?.stop();
    await eventually(async () => {
      const locations = await dfs.getFileBlockLocations('/f');
      const dead = `127.0.0.1:${datanodes[0]?.xferAddress.port}`;
      expect(locations.map((b) => b.names.length)).toEqual([2, 2, 2]);
      expect(locations.flatMap((b) => b.names)).not.toContain(dead);
    });
    expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
  });

  it('deletes excess replicas, and adds missing ones', async () => {
    const { dfs, dir } = await startCluster(3);
    await put(dfs, '/f', DATA, 3);
    await dfs.setReplication('/f', 1);
    const blockFiles = async () => {
      const names = await fs.readdir(dir, { recursive: true });
      return names.filter((n) => /finalized.*blk_\d+$/.test(n)).length;
    };
    await eventually(async () => expect(await blockFiles()).toBe(3));
    await dfs.setReplication('/f', 2);
    await eventually(async () => expect(await locationCounts(dfs, '/f')).toEqual([2, 2, 2]));
    expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
    await dfs.delete('/f', false);
    await eventually(async () => expect(await blockFiles()).toBe(0));
  });

  it('knows where the blocks are after a restart of the NameNode', async () => {
    const { dfs, cluster } = await startCluster(2);
    await put(dfs, '/d/f', DATA, 2);
    await cluster.restartNamenode();
    expect(cluster.namenode.inSafeMode).toBe(true);
    await eventually(() => expect(cluster.namenode.inSafeMode).toBe(false));
    expect((await readAll(dfs, '/d/f')).equals(DATA)).toBe(true);
    await put(dfs, '/d/g', DATA, 2);
    expect((await readAll(dfs, '/d/g')).equals(DATA)).toBe(true);
  });

  it('recovers the lease of a writer that vanished: the flushed bytes are readable, the file is closed', async () => {
    const { dfs, cluster } = await startCluster(2);
    const rpc = new RpcClient({ ...cluster.namenode.rpcAddress, protocol: ClientNamenode.PROTOCOL, user: 'root' });
    closers.add(() => rpc.close());
    const out = await dfs.create('/log', { replication: 2 });
    await out.write(DATA.subarray(0, 100_000));
    await out.hflush();
    await out.abort();
    await eventually(async () => {
      const { result } = await rpc.call(ClientNamenode.recoverLease, { src: '/log', clientName: 'other' });
      expect(result).toBe(true);
    });
    expect((await readAll(dfs, '/log')).equals(DATA.subarray(0, 100_000))).toBe(true);
  });
});
