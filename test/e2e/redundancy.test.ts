// Tests redundancy with real daemons: decommissioning, maintenance, corrupt replicas, and the balancer's calls.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import * as NamenodeTable from '../../protocol/gen/namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { Closers } from '../../runtime/closers.ts';
import { eventually } from '../support/until.ts';
import { Cluster, put as putFile } from './cluster.ts';
import { readAll } from './support.ts';

const DATA = Buffer.alloc(2_500_000, 'pack my box ');
let closers = new Closers();
afterEach(async () => {
  await closers.close();
  closers = new Closers();
});

/** Starts daemons with short intervals. `hosts` and `exclude` are the files of dfs.hosts and dfs.hosts.exclude. */
async function startCluster(datanodeCount: number, overrides: Readonly<Record<string, string>> = {}) {
  const lists = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-hosts-'));
  closers.add(() => fs.rm(lists, { recursive: true, force: true }));
  const hosts = path.join(lists, 'hosts');
  const exclude = path.join(lists, 'exclude');
  await fs.writeFile(hosts, '');
  await fs.writeFile(exclude, '');
  const cluster = await Cluster.start(datanodeCount, {
    'dfs.hosts': hosts,
    'dfs.hosts.exclude': exclude,
    'dfs.heartbeat.interval': '100ms',
    'dfs.namenode.redundancy.interval.seconds': '100ms',
    'dfs.namenode.decommission.interval': '200ms',
    'dfs.blocksize': '1m',
    ...overrides,
  });
  closers.add(() => cluster.stop());
  const dfs = cluster.client();
  const user = os.userInfo().username;
  const client = (protocol: string) => {
    const rpc = new RpcClient({ ...cluster.namenode.rpcAddress, protocol, user });
    closers.add(() => rpc.close());
    return rpc;
  };
  const rpc = client(ClientNamenode.PROTOCOL);
  const report = async (type: DatanodeReportTypeProto = DatanodeReportTypeProto.ALL) =>
    (await rpc.call(ClientNamenode.getDatanodeReport, { type })).di;
  const locations = async (file: string) => {
    const found = await dfs.getFileBlockLocations(file, 0, Number.MAX_SAFE_INTEGER);
    return found.map((b) => b.names);
  };
  const put = (file: string, replication: number) => putFile(dfs, file, DATA, replication);
  const balancing = client(NamenodeTable.PROTOCOL);
  return { cluster, hosts, exclude, dir: cluster.dir, dfs, rpc, balancing, report, locations, put };
}

describe('a cluster', () => {
  it('empties a DataNode that refreshNodes finds in dfs.hosts.exclude, and refuses one that dfs.hosts leaves out', async () => {
    const { cluster, hosts, exclude, dfs, rpc, report, locations, put } = await startCluster(3);
    await put('/f', 2);
    const [leaving] = cluster.datanodes;
    const address = `127.0.0.1:${leaving?.xferAddress.port}`;
    await fs.writeFile(exclude, `${address}\n`);
    await rpc.call(ClientNamenode.refreshNodes, {});
    await eventually(async () => {
      const states = Object.fromEntries((await report()).map((d) => [`127.0.0.1:${d.id.xferPort}`, d.adminState]));
      expect(states[address]).toBe(2);
    });
    for (const names of await locations('/f')) {
      expect(names.filter((name) => name !== address).length).toBeGreaterThanOrEqual(2);
    }
    await leaving?.stop();
    expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
    await fs.writeFile(hosts, '10.255.255.1\n');
    await rpc.call(ClientNamenode.refreshNodes, {});
    await expect(cluster.addDatanode()).rejects.toThrow(/DisallowedDatanodeException: Datanode denied communication/);
  });

  it('does without a DataNode in maintenance, switched off or not, until its time is over', async () => {
    const { cluster, hosts, dfs, rpc, report, locations, put } = await startCluster(3, {
      'dfs.namenode.hosts.provider.classname': 'org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager',
      'dfs.namenode.heartbeat.recheck-interval': '100',
    });
    await put('/f', 2);
    await put('/single', 1);
    const port = cluster.datanodes[0]?.xferAddress.port ?? 0;
    const address = `127.0.0.1:${port}`;
    const maintain = async (expireTime: object) => {
      const entry = { hostName: '127.0.0.1', port, adminState: 'IN_MAINTENANCE', ...expireTime };
      await fs.writeFile(hosts, JSON.stringify([entry]));
      await rpc.call(ClientNamenode.refreshNodes, {});
    };
    const ports = async (type: DatanodeReportTypeProto) => (await report(type)).map((d) => d.id.xferPort);
    await maintain({});
    await eventually(async () => {
      expect(await ports(DatanodeReportTypeProto.IN_MAINTENANCE)).toEqual([port]);
    });
    expect(await ports(DatanodeReportTypeProto.ENTERING_MAINTENANCE)).toEqual([]);
    const where = async () => (await locations('/f')).map((names) => [...names].sort());
    const before = await where();
    expect(before.flat()).not.toContain(address);
    await cluster.datanodes[0]?.stop();
    await eventually(async () => expect(await ports(DatanodeReportTypeProto.DEAD)).toEqual([port]));
    expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
    expect((await readAll(dfs, '/single')).equals(DATA)).toBe(true);
    expect(await rpc.call(ClientNamenode.getFsStats, {})).toMatchObject({ under_replicated: 0 });
    await cluster.restartDatanode(0, { 'dfs.datanode.address': address });
    await eventually(async () => expect(await ports(DatanodeReportTypeProto.DEAD)).toEqual([]));
    expect(await where()).toEqual(before);
    await maintain({ maintenanceExpireTimeInMS: Date.now() + 1000 });
    await eventually(async () => {
      expect(await ports(DatanodeReportTypeProto.IN_MAINTENANCE)).toEqual([]);
      expect((await locations('/f')).map((names) => names.length)).toEqual([2, 2, 2]);
    });
    expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
  });

  it('replaces a replica that a reader finds corrupt', async () => {
    const { dir, dfs, locations, put } = await startCluster(3);
    await put('/f', 2);
    const names = await fs.readdir(dir, { recursive: true });
    const file = names.find((n) => /finalized.*blk_\d+$/.test(n)) ?? '';
    const id = path.basename(file);
    const bytes = await fs.readFile(`${dir}/${file}`);
    bytes[1000] = (bytes[1000] ?? 0) ^ 0xff;
    await fs.writeFile(`${dir}/${file}`, bytes);
    const goodCopies = async () => {
      const found = await fs.readdir(dir, { recursive: true });
      const copies = found.filter((n) => n.includes('finalized') && path.basename(n) === id);
      const contents = await Promise.all(copies.map((n) => fs.readFile(`${dir}/${n}`)));
      return contents.map((content) => content.equals(bytes));
    };
    await eventually(async () => {
      expect((await readAll(dfs, '/f')).equals(DATA)).toBe(true);
      expect(await goodCopies()).toEqual([false, false]);
      expect((await locations('/f')).map((n) => n.length)).toEqual([2, 2, 2]);
    });
  });

  it('tells a balancer which blocks a DataNode has', async () => {
    const { balancing, report, put } = await startCluster(2);
    await put('/f', 1);
    const { info } = await balancing.call(NamenodeTable.versionRequest, {});
    expect(info.blockPoolID).toMatch(/^BP-/);
    expect((await balancing.call(NamenodeTable.getBlockKeys, {})).keys?.isBlockTokenEnabled).toBe(false);
    const counts = await Promise.all(
      (await report()).map(async ({ id }) => {
        const answer = await balancing.call(NamenodeTable.getBlocks, { datanode: id, size: 1 << 30, minBlockSize: 1 });
        return answer.blocks.blocks.filter((b) => b.datanodeUuids.includes(id.datanodeUuid)).length;
      }),
    );
    expect(counts.reduce((a, b) => a + b)).toBe(3);
  });
});
