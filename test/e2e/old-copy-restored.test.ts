// Tests that an old copy of the name directory, put back, neither gives an id out again nor deletes a replica.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { eventually, until } from '../support/until.ts';
import { Cluster, put } from './cluster.ts';
import { readAll, run } from './support.ts';

const clusters: Cluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
});

/** Full reports come every second, because only they make the NameNode delete what it has given up. */
const SETTINGS = {
  'dfs.blockreport.intervalMsec': '1000',
  'dfs.namenode.safemode.extension': '0',
  'dfs.replication': '2',
};

async function start(): Promise<Cluster> {
  const cluster = await Cluster.start(2, SETTINGS);
  clusters.push(cluster);
  return cluster;
}

/** Returns the bytes of a file of the test: as many for each name, so that a wrong block is not noticed by its length. */
const bytesOf = (name: string): Buffer => Buffer.from(`the bytes of ${name} `.repeat(100).slice(0, 1000));

const write = (client: DistributedFileSystem, name: string) => put(client, name, bytesOf(name), 2);

const read = async (client: DistributedFileSystem, name: string) => (await readAll(client, name)).toString();

/** Returns the names of the finalized block files on the disks of a DataNode. */
async function blocksOn(cluster: Cluster, place: number): Promise<string[]> {
  const files = await fs.readdir(cluster.dataDir(place), { recursive: true });
  const names = files.filter((file) => file.includes('finalized')).map((file) => path.basename(file));
  return names.filter((name) => /^blk_\d+$/.test(name)).sort();
}

/** Runs `hdfs dfsadmin` as a process of its own, and returns its output. */
async function dfsadmin(cluster: Cluster, ...args: string[]): Promise<string> {
  const { status, out, err } = await run('hdfs', ['dfsadmin', '-fs', cluster.uri, ...args]);
  expect(status, err).toBe(0);
  return out;
}

interface Status {
  readonly Safemode: string;
  readonly BytesWithFutureGenerationStamps: number;
}

/** Returns the NameNode's figures at /jmx. */
async function status(cluster: Cluster): Promise<Status> {
  const { host, port } = cluster.namenode.httpAddress;
  const response = await fetch(`http://${host}:${port}/jmx`);
  const { beans } = (await response.json()) as { beans: Status[] };
  return Object.assign({}, ...beans);
}

const endOfSafeMode = (cluster: Cluster): Promise<void> =>
  eventually(async () => expect((await status(cluster)).Safemode).toBe(''));

/**
 * Writes /old, copies the name directory, writes /lost0 to /lost2, and puts the copy back while the NameNode is down.
 * Returns a function that starts the NameNode on the copy.
 */
async function restoreOldCopy(cluster: Cluster): Promise<() => Promise<void>> {
  const name = path.join(cluster.dir, 'name');
  await write(cluster.client(), '/old');
  const again = await cluster.stopNamenode();
  await fs.cp(name, path.join(cluster.dir, 'copy'), { recursive: true });
  await again();
  const client = cluster.client();
  await endOfSafeMode(cluster);
  for (let i = 0; i < 3; i++) await write(client, `/lost${i}`);
  // A DataNode that was not ready in time for a file gets its copy later.
  await eventually(async () => {
    expect([(await blocksOn(cluster, 0)).length, (await blocksOn(cluster, 1)).length]).toEqual([4, 4]);
  });
  const startOnCopy = await cluster.stopNamenode();
  await fs.rm(name, { recursive: true });
  await fs.rename(path.join(cluster.dir, 'copy'), name);
  return startOnCopy;
}

// Hadoop: TestNameNodeMetadataConsistency. Hadoop assigns the ids of the lost files again after forceExit.
describe('an old copy of the name directory', () => {
  it('keeps safe mode on; forceExit gives the lost files up, and new files have their own bytes', async () => {
    const cluster = await start();
    const startOnCopy = await restoreOldCopy(cluster);
    const before = [await blocksOn(cluster, 0), await blocksOn(cluster, 1)];
    await startOnCopy();
    await until(
      async () => (await status(cluster)).BytesWithFutureGenerationStamps === 6000,
      'all lost bytes are found',
    );
    expect((await status(cluster)).Safemode).toMatch(/blocks with generation stamps in future.*loss of 6000 byte/);
    const { host, port } = cluster.namenode.httpAddress;
    const page = await (await fetch(`http://${host}:${port}/`)).text();
    expect(page).toContain('Bytes of blocks of an unknown future');
    expect(page).toContain('6000, kept until hdfs dfsadmin -safemode forceExit');
    const report = await dfsadmin(cluster, '-report');
    expect(report).toContain(
      'Safe mode is ON\n\nWARNING: \nName node has detected blocks with generation stamps in future.\n' +
        'Forcing exit from safemode will cause 6000 byte(s) to be deleted.\n',
    );
    expect(await dfsadmin(cluster, '-safemode', 'leave')).toBe('Safe mode is ON\n');
    const client = cluster.client({ settings: { 'dfs.client.retry.policy.enabled': 'false' } });
    expect(await read(client, '/old')).toBe(bytesOf('/old').toString());
    await expect(client.mkdirs('/d')).rejects.toThrow('Name node is in safe mode');

    expect([await blocksOn(cluster, 0), await blocksOn(cluster, 1)]).toEqual(before);
    expect(await dfsadmin(cluster, '-safemode', 'forceExit')).toBe('Safe mode is OFF\n');
    for (let i = 0; i < 3; i++) await write(client, `/new${i}`);
    for (let i = 0; i < 3; i++) expect(await read(client, `/new${i}`)).toBe(bytesOf(`/new${i}`).toString());
    const lost = before[0]?.slice(1) ?? [];
    const isGone = async (place: number) => !(await blocksOn(cluster, place)).some((name) => lost.includes(name));
    await until(async () => (await isGone(0)) && (await isGone(1)), 'the replicas of the lost files are deleted');
    expect([await blocksOn(cluster, 0), await blocksOn(cluster, 1)].map((names) => names.length)).toEqual([4, 4]);
    for (const name of ['/old', '/new0', '/new1', '/new2']) {
      expect(await read(client, name)).toBe(bytesOf(name).toString());
    }
  });

  it('is told from the newer one: with that one back, every file is there', async () => {
    const cluster = await start();
    const name = path.join(cluster.dir, 'name');
    await write(cluster.client(), '/old');
    const again = await cluster.stopNamenode();
    await fs.cp(name, path.join(cluster.dir, 'copy'), { recursive: true });
    await again();
    await endOfSafeMode(cluster);
    await write(cluster.client(), '/newer');
    const startOnCopy = await cluster.stopNamenode();
    await fs.rename(name, path.join(cluster.dir, 'newer'));
    await fs.rename(path.join(cluster.dir, 'copy'), name);
    await startOnCopy();
    await until(async () => (await status(cluster)).BytesWithFutureGenerationStamps > 0, 'the lost bytes are found');
    const startOnNewer = await cluster.stopNamenode();
    await fs.rm(name, { recursive: true });
    await fs.rename(path.join(cluster.dir, 'newer'), name);
    await startOnNewer();
    await endOfSafeMode(cluster);
    expect((await status(cluster)).BytesWithFutureGenerationStamps).toBe(0);
    const client = cluster.client();
    // Safe mode ends before the last block is reported: 0.999 of two blocks is one block, as in Hadoop.
    await until(
      async () => (await client.getFileBlockLocations('/newer'))[0]?.names.length === 2,
      'the replicas of the newer file',
    );
    expect(await read(client, '/newer')).toBe(bytesOf('/newer').toString());
  });

  it('passes the numbers over that a DataNode reports after safe mode, and its replicas stay until forceExit', async () => {
    const cluster = await start();
    const startOnCopy = await restoreOldCopy(cluster);
    const before = await blocksOn(cluster, 1);
    for (const datanode of cluster.datanodes) await datanode.stop();
    await startOnCopy();
    // The first DataNode comes without the replicas of the lost files, as if they all had been on the second one.
    for (const name of await fs.readdir(cluster.dataDir(0), { recursive: true })) {
      if (before.slice(1).some((lost) => path.basename(name).startsWith(lost))) {
        await fs.rm(path.join(cluster.dataDir(0), name));
      }
    }
    await cluster.restartDatanode(0);
    await endOfSafeMode(cluster);
    await cluster.restartDatanode(1);
    await until(
      async () => (await status(cluster)).BytesWithFutureGenerationStamps === 3000,
      'the lost bytes are found',
    );
    const client = cluster.client();
    for (let i = 0; i < 3; i++) await write(client, `/new${i}`);
    for (let i = 0; i < 3; i++) expect(await read(client, `/new${i}`)).toBe(bytesOf(`/new${i}`).toString());
    await cluster.restartNamenode();
    await until(async () => (await status(cluster)).BytesWithFutureGenerationStamps === 3000, 'they are found again');
    await endOfSafeMode(cluster);
    expect(await blocksOn(cluster, 1)).toEqual(expect.arrayContaining(before));

    await dfsadmin(cluster, '-safemode', 'forceExit');
    const lost = before.slice(1);
    await until(
      async () => !(await blocksOn(cluster, 1)).some((name) => lost.includes(name)),
      'the replicas of the lost files are deleted',
    );
    for (const name of ['/old', '/new0', '/new1', '/new2']) {
      expect(await read(client, name)).toBe(bytesOf(name).toString());
    }
  });

  // The directory itself shows that it was put back: no DataNode with newer blocks has to report before they are in danger.
  it('gives no number out again before a DataNode with newer blocks comes', async () => {
    const cluster = await start();
    const startOnCopy = await restoreOldCopy(cluster);
    const before = await blocksOn(cluster, 1);
    const lost = before.slice(1);
    for (const datanode of cluster.datanodes) await datanode.stop();
    for (const name of await fs.readdir(cluster.dataDir(0), { recursive: true })) {
      if (lost.some((block) => path.basename(name).startsWith(block))) await fs.rm(path.join(cluster.dataDir(0), name));
    }
    await startOnCopy();
    await cluster.restartDatanode(0);
    await endOfSafeMode(cluster);
    const client = cluster.client();
    for (let i = 0; i < 3; i++) await put(client, `/new${i}`, bytesOf(`/new${i}`), 1);
    const fresh = (await blocksOn(cluster, 0)).slice(1);
    expect(fresh).toHaveLength(3);
    expect(fresh.filter((block) => lost.includes(block))).toEqual([]);
    await cluster.restartDatanode(1);
    await until(
      async () => (await status(cluster)).BytesWithFutureGenerationStamps === 3000,
      'the lost bytes are found',
    );
    for (let i = 0; i < 3; i++) expect(await read(client, `/new${i}`)).toBe(bytesOf(`/new${i}`).toString());
    expect(await blocksOn(cluster, 1)).toEqual(expect.arrayContaining(before));
  });

  it('is a copy until safe mode has ended, and the newest one then', async () => {
    const cluster = await start();
    const startOnCopy = await restoreOldCopy(cluster);
    for (const datanode of cluster.datanodes) await datanode.stop();
    await startOnCopy();
    const mark = path.join(cluster.dir, 'name', 'current', 'place');
    const inode = async (): Promise<string> => `inode ${(await fs.stat(mark)).ino}\n`;
    expect(await fs.readFile(mark, 'utf8')).not.toBe(await inode());
    await cluster.restartNamenode();
    expect(await fs.readFile(mark, 'utf8')).not.toBe(await inode());
    await cluster.restartDatanode(0);
    await cluster.restartDatanode(1);
    await until(async () => (await status(cluster)).BytesWithFutureGenerationStamps > 0, 'the lost bytes are found');
    await dfsadmin(cluster, '-safemode', 'forceExit');
    await until(async () => (await fs.readFile(mark, 'utf8')) === (await inode()), 'the mark to be written');
  });
});
