// Tests shell and administration commands on a MiniCluster.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientFactory } from '../../cli/dfs/main.ts';
import {
  evictWriters,
  getBalancerBandwidth,
  getDatanodeInfo,
  getVolumeReport,
  shutdownDatanode,
  triggerBlockReport,
} from '../../cli/dfsadmin/datanode.ts';
import { refreshNodes, setBalancerBandwidth } from '../../cli/dfsadmin/nodes.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { until } from '../support/until.ts';
import { runShell } from './dfs/shell.ts';

let cluster: MiniCluster;
let dir: string;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-cli-'));
  cluster = await MiniCluster.start({ datanodes: 1, mapreduce: false, properties: { 'dfs.replication': '1' } });
});

afterAll(async () => {
  await cluster.stop();
  fs.rmSync(dir, { recursive: true });
});

const hdfs = (...args: string[]) => runShell(args, { conf: cluster.conf, factory: clientFactory(cluster.conf) });

// A tutorial's commands must work without a change.
test('the commands of a tutorial, on a cluster and local files', async () => {
  const text = 'to be or not to be\n'.repeat(5000);
  fs.writeFileSync(path.join(dir, 'words'), text);
  expect(await hdfs('-mkdir', '-p', 'in')).toEqual({ status: 0, out: '', err: '' });
  expect(await hdfs('-put', path.join(dir, 'words'), 'in')).toEqual({ status: 0, out: '', err: '' });
  expect((await hdfs('-ls', 'in')).out).toMatch(
    /^Found 1 items\n-rw-r--r-- {3}1 \S+ supergroup {6}95000 .* in\/words\n$/,
  );
  expect((await hdfs('-cat', 'in/w*')).out).toBe(text);
  expect((await hdfs('-tail', 'in/words')).out).toBe(text.slice(-1024));
  expect((await hdfs('-du', '-s', '-h', 'in')).out).toBe('92.8 K  92.8 K  in\n');
  expect((await hdfs('-checksum', 'in/words')).out).toMatch(/^in\/words\tMD5-of-0MD5-of-512CRC32C\t[0-9a-f]{56}\n$/);
  expect((await hdfs('-get', 'in/words', path.join(dir, 'back'))).status).toBe(0);
  expect(fs.readFileSync(path.join(dir, 'back'), 'utf8')).toBe(text);
  expect((await hdfs('-cp', 'in/words', 'in/copy')).status).toBe(0);
  expect((await hdfs('-mv', 'in/copy', 'in/moved')).status).toBe(0);
  expect((await hdfs('-ls', '-C', 'in')).out).toBe('in/moved\nin/words\n');
  expect((await hdfs('-rm', '-r', 'in')).out).toBe('Deleted in\n');
  expect((await hdfs('-cat', 'in/words')).err).toBe("cat: `in/words': No such file or directory\n");
});

test("a refusal of the NameNode is printed with the NameNode's message", async () => {
  const bob = cluster.fileSystem('bob');
  const factory = { ...clientFactory(cluster.conf), hdfs: async () => bob };
  const { status, err } = await runShell(['-mkdir', '/forbidden'], { conf: cluster.conf, factory });
  expect(status).toBe(1);
  expect(err).toMatch(/^mkdir: Permission denied: user=bob, access=WRITE, inode="\/":/);
});

// Rules of -appendToFile, -truncate and -tail -f in the documentation of Hadoop's file system shell.
test('append, truncate, and following a file while it is written', async () => {
  fs.writeFileSync(path.join(dir, 'line'), 'a line\n');
  const line = path.join(dir, 'line');
  expect(await hdfs('-appendToFile', line, line, '/log')).toEqual({ status: 0, out: '', err: '' });
  await using writer = cluster.fileSystem();
  const truncated = await runShell(['-truncate', '-w', '10', '/log'], {
    conf: cluster.conf,
    factory: clientFactory(cluster.conf),
    sleep: () => until(() => writer.isFileClosed('/log'), 'the last block of /log to be cut'),
  });
  expect(truncated).toEqual({ status: 0, out: 'Waiting for /log ...\nTruncated /log to length: 10\n', err: '' });
  const out = await writer.append('/log');
  const texts = ['one\n', 'two\n', 'three\n'];
  const followed = await runShell(['-tail', '-f', '/log'], {
    conf: cluster.conf,
    factory: clientFactory(cluster.conf),
    sleep: async () => {
      const text = texts.shift();
      if (text === undefined) await writer.delete('/log', false);
      else await out.write(Buffer.from(text));
      await (text === undefined ? out.abort() : out.hflush());
    },
  });
  expect(followed.out).toBe('a line\na lone\ntwo\nthree\n');
  expect(followed.err).toBe("tail: `/log': No such file or directory\n");
});

test('dfsadmin: hosts are read again, the bandwidth of the balancer is set and printed', async () => {
  await using fileSystem = cluster.fileSystem();
  const { client } = fileSystem;
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  expect(await refreshNodes(client, print)).toBe(0);
  expect(await setBalancerBandwidth(client, '10m', print)).toBe(0);
  expect(lines.splice(0)).toEqual(['Refresh nodes successful', 'Balancer bandwidth is set to 10485760']);
  const [node] = await fileSystem.getDatanodeReport('LIVE');
  const address = `${node?.id.ipAddr}:${node?.id.ipcPort}`;
  // The DataNode receives the bandwidth with the answer to its next heartbeat.
  await vi.waitUntil(
    async () => {
      await getBalancerBandwidth(client, address, print);
      return lines.at(-1) === 'Balancer bandwidth is 10485760 bytes per second.';
    },
    { timeout: 20_000, interval: 100 },
  );
});

const datanodeAddress = () => {
  const { host, port } = cluster.datanodes[0]?.ipcAddress ?? { host: '', port: 0 };
  return `${host}:${port}`;
};

test('dfsadmin: the figures of one DataNode', async () => {
  await using fileSystem = cluster.fileSystem();
  const { client } = fileSystem;
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const address = datanodeAddress();
  expect(await getDatanodeInfo(client, address, print)).toBe(0);
  expect(lines.splice(0).join()).toMatch(/^Uptime: \d+, Software version: 3\.\d+\.\d+, Config version: core-3/);
  expect(await getVolumeReport(client, address, print)).toBe(0);
  expect(lines.splice(0)).toEqual([
    'Active Volumes : 1',
    '',
    expect.stringMatching(/^Directory: \//),
    'StorageType: DISK',
    expect.stringMatching(/^Capacity Used: \d+\(\d+(\.\d+)? [KMG]?B\)$/),
    expect.stringMatching(/^Capacity Left: /),
    'Capacity Reserved: 0(0 B)',
    expect.stringMatching(/^Reserved Space for Replicas: /),
    expect.stringMatching(/^Blocks: \d+$/),
  ]);
  expect(await triggerBlockReport(client, ['-incremental', address], print)).toBe(0);
  expect(await triggerBlockReport(client, [address, '-namenode', '127.0.0.1:1'], print)).toBe(0);
  expect(lines.splice(0)).toEqual([
    `Triggering an incremental block report on ${address}.`,
    `Triggering a full block report on ${address} to namenode 127.0.0.1:1.`,
  ]);
  expect(await triggerBlockReport(client, [], print)).toBe(1);
  await expect(getDatanodeInfo(client, 'x', print)).rejects.toThrow('Does not contain a valid host:port authority: x');
  await expect(shutdownDatanode(client, [address, 'downgrade'], print)).rejects.toThrow('Unknown argument');
});

// HDFS-5924: clients wait for a DataNode that restarts for an upgrade, even if their pipeline has no other one.
test('dfsadmin: a write goes on through the restart of its only DataNode, and through an eviction', async () => {
  await using fileSystem = cluster.fileSystem();
  const { client } = fileSystem;
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const out = await fileSystem.create('/restarted');
  const pieces = ['before the restart, ', 'behind it.'].map((text) => Buffer.from(text));
  await out.write(pieces[0] ?? Buffer.alloc(0));
  await out.hflush();
  expect(await shutdownDatanode(client, [datanodeAddress(), 'upgrade'], print)).toBe(0);
  expect(lines.splice(0)).toEqual([`Submitted a shutdown request to datanode ${datanodeAddress()}`]);
  await cluster.datanodes[0]?.stopped;
  await cluster.faults.killDataNode(0);
  await cluster.faults.restartDataNode(0);
  await out.write(pieces[1] ?? Buffer.alloc(0));
  await out.close();
  expect((await hdfs('-cat', '/restarted')).out).toBe('before the restart, behind it.');
  expect(await evictWriters(client, datanodeAddress(), print)).toBe(0);
  expect(lines).toEqual([`Requested writer eviction to datanode ${datanodeAddress()}`]);
});
