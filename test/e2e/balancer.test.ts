// Tests hdfs balancer on a MiniCluster that a new DataNode joins.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseArguments } from '../../cli/balancer/arguments.ts';
import { balance } from '../../cli/balancer/main.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { DataNode } from '../../datanode/datanode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { silentLogger } from '../../runtime/log.ts';
import type { BalancerOutput } from '../../tools/balancer/balancer.ts';
import { ExitStatus } from '../../tools/balancer/exit-status.ts';
import { BALANCER_ID_PATH } from '../../tools/balancer/namenode-connector.ts';
import { until } from '../support/until.ts';
import { readAll, writeAll } from './support.ts';

const CAPACITY_BYTES = 48 * 2 ** 20;
const FILE_BYTES = 12 * 2 ** 20 + 12_345;
const BLOCK_BYTES = 2 ** 17;

/** Returns the value of dfs.datanode.du.reserved that leaves a small capacity for blocks. */
function reservedBytes(): number {
  const { blocks, bsize } = fs.statfsSync(os.tmpdir());
  return blocks * bsize - CAPACITY_BYTES;
}

function recorder() {
  const lines: string[] = [];
  const warnings: string[] = [];
  const output: BalancerOutput = {
    print: (line) => void lines.push(line),
    warn: (message) => void warnings.push(message),
  };
  return { lines, warnings, output };
}

const parameters = (...args: string[]) => parseArguments(args, () => '');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Returns the files of finalized replicas below a DataNode's directory. */
function replicasIn(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /finalized.*blk_\d+$/.test(name))
    .map((name) => path.join(dir, name));
}

describe('hdfs balancer', () => {
  let cluster: MiniCluster;
  let newcomer: DataNode;
  let newcomerDir: string;
  let dirs: string[];
  const expected = new Map<string, string>();

  beforeAll(async () => {
    cluster = await MiniCluster.start({
      datanodes: 2,
      mapreduce: false,
      properties: {
        'dfs.replication': '2',
        'dfs.blocksize': String(BLOCK_BYTES),
        'dfs.datanode.du.reserved': String(reservedBytes()),
        'dfs.heartbeat.interval': '200ms',
        'dfs.namenode.redundancy.interval.seconds': '200ms',
        'dfs.namenode.fs-limits.min-block-size': '0',
        'dfs.balancer.getBlocks.min-block-size': '1',
      },
    });
    await using client = cluster.fileSystem();
    const bytes = randomBytes(FILE_BYTES);
    expected.set('/full', sha256(bytes));
    await writeAll(client, '/full', bytes);
    newcomerDir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-balancer-'));
    const conf = cluster.conf
      .clone()
      .set('dfs.datanode.data.dir', newcomerDir)
      .set('dfs.datanode.address', '127.0.0.1:0')
      .set('dfs.datanode.ipc.address', '127.0.0.1:0')
      .set('dfs.datanode.http.address', '127.0.0.1:0');
    newcomer = await DataNode.start({ conf, log: silentLogger });
    await until(async () => (await client.getDatanodeReport('LIVE')).length === 3, '3 DataNodes');
    dirs = [path.dirname(cluster.confDir), newcomerDir];
  });

  afterAll(async () => {
    await newcomer?.stop();
    await cluster?.stop();
    if (newcomerDir) fs.rmSync(newcomerDir, { recursive: true, force: true });
  });

  const utilizations = async (): Promise<number[]> => {
    await using client = cluster.fileSystem();
    const nodes = await client.getDatanodeReport('LIVE');
    return nodes.map(({ dfsUsed, capacity }) => ((dfsUsed ?? 0) * 100) / (capacity ?? 1));
  };

  /**
   * Counts replicas at the NameNode and on the disks again and again. A replica that moves during a look at the disks
   * is found by a second look, because a block is moved only once.
   */
  function watch() {
    const low: string[] = [];
    let looks = 0;
    let ended = false;
    const body = async (): Promise<void> => {
      await using client = cluster.fileSystem();
      while (!ended) {
        const { locations } = await client.call(ClientNamenode.getBlockLocations, {
          src: '/full',
          offset: 0,
          length: FILE_BYTES,
        });
        const places = [...dirs, ...dirs].flatMap(replicasIn);
        for (const { b, locs } of locations?.blocks ?? []) {
          const name = `blk_${b.blockId}`;
          if (locs.length < 2) low.push(`the NameNode knows ${locs.length} replicas of ${name}`);
          const found = new Set(places.filter((place) => place.endsWith(`/${name}`)));
          if (found.size < 2) low.push(`${name} is at ${[...found]} only`);
        }
        looks++;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const done = body();
    return {
      low,
      end: async () => {
        ended = true;
        await done;
        return { low, looks };
      },
    };
  }

  test('a new DataNode is filled without ever lowering the number of replicas', async () => {
    expect(replicasIn(newcomerDir).length).toBe(0);
    const watcher = watch();
    const { lines, warnings, output } = recorder();
    const status = await balance(cluster.conf, parameters('-threshold', '3'), output);
    const { low, looks } = await watcher.end();
    expect(warnings).toEqual([]);
    expect(low).toEqual([]);
    expect(looks).toBeGreaterThan(3);
    expect({ status, lines }).toMatchObject({ status: ExitStatus.SUCCESS });
    expect(lines[0]).toMatch(/^Time Stamp {15}Iteration# {2}Bytes Already Moved/);
    expect(lines[1]).toMatch(/ 0 +[\d.]+ MB +[\d.]+ MB +[\d.]+ MB +\d+ {2}hdfs:\/\/127\.0\.0\.1:\d+$/);
    expect(lines.at(-1)).toBe('The cluster is balanced. Exiting...');
    const percents = await utilizations();
    const average = percents.reduce((sum, percent) => sum + percent, 0) / 3;
    for (const percent of percents) expect(Math.abs(percent - average)).toBeLessThan(3);
    expect(replicasIn(newcomerDir).length).toBeGreaterThan(10);
  });

  test('every byte is still there, and the lock file is gone', async () => {
    await using client = cluster.fileSystem();
    for (const [file, digest] of expected) expect(sha256(await readAll(client, file))).toBe(digest);
    await expect(client.getFileStatus(BALANCER_ID_PATH)).rejects.toThrow('File does not exist');
  });

  test('the watch would see a replica that goes before its successor comes', async () => {
    const [replica = ''] = replicasIn(newcomerDir);
    const watcher = watch();
    fs.renameSync(replica, `${replica}.gone`);
    await until(() => watcher.low.length > 0, 'the watch to see it');
    fs.renameSync(`${replica}.gone`, replica);
    expect((await watcher.end()).low[0]).toContain(path.basename(replica));
  });

  test('a balanced cluster is left alone', async () => {
    const { lines, output } = recorder();
    const status = await balance(cluster.conf, parameters(), output);
    expect({ status, lines }).toMatchObject({ status: ExitStatus.SUCCESS });
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/ 0 +0 B +0 B +0 B +0 {2}hdfs:/);
  });

  test('one balancer at a time', async () => {
    await using client = cluster.fileSystem();
    const other = await client.create(BALANCER_ID_PATH);
    await other.hflush();
    const { lines, output } = recorder();
    expect(await balance(cluster.conf, parameters(), output)).toBe(ExitStatus.IO_EXCEPTION);
    expect(lines[1]).toBe('java.io.IOException: Another Balancer is running..  Exiting ...');
    // A lock file without a writer was left by a balancer that has ended.
    await other.close();
    expect(await balance(cluster.conf, parameters(), output)).toBe(ExitStatus.SUCCESS);
  });

  test('a DataNode alone has nowhere to put its blocks', async () => {
    const { lines, output } = recorder();
    const [host] = newcomer.xferAddress ? [`${newcomer.xferAddress.host}:${newcomer.xferAddress.port}`] : [''];
    expect(await balance(cluster.conf, parameters('-include', host ?? ''), output)).toBe(ExitStatus.SUCCESS);
    expect(lines.at(-1)).toBe('The cluster is balanced. Exiting...');
  });
});
