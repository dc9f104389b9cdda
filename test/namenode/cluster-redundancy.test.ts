import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import * as NamenodeTable from '../../protocol/gen/namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { silentLogger } from '../../runtime/log.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const DATA = Buffer.alloc(2_500_000, 'pack my box ');
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Real daemons with short intervals; `dir/hosts` and `dir/exclude` are dfs.hosts and dfs.hosts.exclude. */
async function startCluster(datanodeCount: number, overrides: Readonly<Record<string, string>> = {}) {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-redundancy-'));
  cleanups.push(() => fs.rm(dir, { recursive: true, force: true }));
  await fs.writeFile(`${dir}/hosts`, '');
  await fs.writeFile(`${dir}/exclude`, '');
  const conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.namenode.name.dir': `${dir}/name`,
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.hosts': `${dir}/hosts`,
    'dfs.hosts.exclude': `${dir}/exclude`,
    'dfs.heartbeat.interval': '100ms',
    'dfs.namenode.redundancy.interval.seconds': '100ms',
    'dfs.namenode.decommission.interval': '200ms',
    'dfs.blocksize': '1m',
    ...overrides,
  });
  const namenode = await NameNode.start({ conf, log: silentLogger });
  cleanups.push(() => namenode.stop());
  conf.set('dfs.namenode.rpc-address', `127.0.0.1:${namenode.rpcAddress.port}`);
  conf.set('fs.defaultFS', `hdfs://127.0.0.1:${namenode.rpcAddress.port}`);
  const startDatanode = async (name: string, port = 0) => {
    const own = conf
      .clone()
      .set('dfs.datanode.data.dir', `${dir}/${name}`)
      .set('dfs.datanode.address', `127.0.0.1:${port}`);
    const datanode = await DataNode.start({ conf: own, log: silentLogger });
    cleanups.push(() => datanode.stop());
    return datanode;
  };
  const datanodes: DataNode[] = [];
  for (let i = 0; i < datanodeCount; i++) datanodes.push(await startDatanode(`data${i}`));
  const dfs = new DistributedFileSystem({ conf });
  cleanups.push(() => dfs.close());
  const user = os.userInfo().username;
  const rpc = new RpcClient({ ...namenode.rpcAddress, protocol: ClientNamenode.PROTOCOL, user });
  const balancing = new RpcClient({ ...namenode.rpcAddress, protocol: NamenodeTable.PROTOCOL, user });
  cleanups.push(
    () => rpc.close(),
    () => balancing.close(),
  );
  const report = async (type: DatanodeReportTypeProto = DatanodeReportTypeProto.ALL) =>
    (await rpc.call(ClientNamenode.getDatanodeReport, { type })).di;
  const locations = async (file: string) => {
    const found = await dfs.getFileBlockLocations(file, 0, Number.MAX_SAFE_INTEGER);
    return found.map((b) => b.names);
  };
  return { dir, datanodes, startDatanode, dfs, rpc, balancing, report, locations };
}

async function put(dfs: DistributedFileSystem, file: string, replication: number) {
  const out = await dfs.create(file, { replication });
  await out.write(DATA);
  await out.close();
}

async function get(dfs: DistributedFileSystem, file: string): Promise<Buffer> {
  await using input = await dfs.open(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a cluster', () => {
  it('empties a DataNode that refreshNodes finds in dfs.hosts.exclude, and refuses one that dfs.hosts leaves out', async () => {
    const { dir, datanodes, dfs, rpc, report, locations, startDatanode } = await startCluster(3);
    await put(dfs, '/f', 2);
    const [leaving] = datanodes;
    const address = `127.0.0.1:${leaving?.xferAddress.port}`;
    await fs.writeFile(`${dir}/exclude`, `${address}\n`);
    await rpc.call(ClientNamenode.refreshNodes, {});
    await vi.waitFor(async () => {
      const states = Object.fromEntries((await report()).map((d) => [`127.0.0.1:${d.id.xferPort}`, d.adminState]));
      expect(states[address]).toBe(2);
    }, WAIT);
    for (const names of await locations('/f')) {
      expect(names.filter((name) => name !== address).length).toBeGreaterThanOrEqual(2);
    }
    await leaving?.stop();
    expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
    await fs.writeFile(`${dir}/hosts`, '10.255.255.1\n');
    await rpc.call(ClientNamenode.refreshNodes, {});
    await expect(startDatanode('other')).rejects.toThrow(/DisallowedDatanodeException: Datanode denied communication/);
  }, 60_000);

  it('does without a DataNode in maintenance, switched off or not, until its time is over', async () => {
    const { dir, datanodes, startDatanode, dfs, rpc, report, locations } = await startCluster(3, {
      'dfs.namenode.hosts.provider.classname': 'org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager',
      'dfs.namenode.heartbeat.recheck-interval': '100',
    });
    await put(dfs, '/f', 2);
    await put(dfs, '/single', 1);
    const port = datanodes[0]?.xferAddress.port ?? 0;
    const address = `127.0.0.1:${port}`;
    const maintain = async (expireTime: object) => {
      const entry = { hostName: '127.0.0.1', port, adminState: 'IN_MAINTENANCE', ...expireTime };
      await fs.writeFile(`${dir}/hosts`, JSON.stringify([entry]));
      await rpc.call(ClientNamenode.refreshNodes, {});
    };
    const ports = async (type: DatanodeReportTypeProto) => (await report(type)).map((d) => d.id.xferPort);
    await maintain({});
    await vi.waitFor(async () => {
      expect(await ports(DatanodeReportTypeProto.IN_MAINTENANCE)).toEqual([port]);
    }, WAIT);
    expect(await ports(DatanodeReportTypeProto.ENTERING_MAINTENANCE)).toEqual([]);
    const where = async () => (await locations('/f')).map((names) => [...names].sort());
    const before = await where();
    expect(before.flat()).not.toContain(address);
    await datanodes[0]?.stop();
    await vi.waitFor(async () => expect(await ports(DatanodeReportTypeProto.DEAD)).toEqual([port]), WAIT);
    expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
    expect((await get(dfs, '/single')).equals(DATA)).toBe(true);
    expect(await rpc.call(ClientNamenode.getFsStats, {})).toMatchObject({ under_replicated: 0 });
    await startDatanode('data0', port);
    await vi.waitFor(async () => expect(await ports(DatanodeReportTypeProto.DEAD)).toEqual([]), WAIT);
    expect(await where()).toEqual(before);
    await maintain({ maintenanceExpireTimeInMS: Date.now() + 1000 });
    await vi.waitFor(async () => {
      expect(await ports(DatanodeReportTypeProto.IN_MAINTENANCE)).toEqual([]);
      expect((await locations('/f')).map((names) => names.length)).toEqual([2, 2, 2]);
    }, WAIT);
    expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
  }, 60_000);

  it('replaces a replica that a reader finds corrupt', async () => {
    const { dir, dfs, locations } = await startCluster(3);
    await put(dfs, '/f', 2);
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
    await vi.waitFor(async () => {
      expect((await get(dfs, '/f')).equals(DATA)).toBe(true);
      expect(await goodCopies()).toEqual([false, false]);
      expect((await locations('/f')).map((n) => n.length)).toEqual([2, 2, 2]);
    }, WAIT);
  }, 60_000);

  it('tells a balancer which blocks a DataNode has', async () => {
    const { dfs, balancing, report } = await startCluster(2);
    await put(dfs, '/f', 1);
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
  }, 60_000);
});
