// Tests a client whose DataNodes or NameNode fail while it writes or reads.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { BlockReader } from '../../client/read/block-reader.ts';
import { LocatedFile } from '../../client/read/located-file.ts';
import { WritePipeline } from '../../client/write/write-pipeline.ts';
import { getBlockLocations } from '../../protocol/gen/client-namenode.ts';
import { pattern } from '../support/pattern.ts';
import { until } from '../support/until.ts';
import { Cluster, writeFile } from './cluster.ts';
import { lastPipeline, readAll } from './support.ts';

let cluster: Cluster;
afterEach(() => cluster.stop());

const REPLACE = 'dfs.client.block.write.replace-datanode-on-failure';

async function replicaCounts(dfs: DistributedFileSystem, file: string): Promise<number[]> {
  return (await dfs.getFileBlockLocations(file)).map((b) => b.names.length);
}

it('a bug in the write pipeline fails the write, which is never taken for complete', async () => {
  cluster = await Cluster.start(1);
  const dfs = cluster.client();
  const out = await dfs.create('/bug');
  await out.write(pattern(1000));
  const step = vi.spyOn(WritePipeline.prototype, 'step').mockImplementationOnce(() => {
    throw new TypeError('this is not a function');
  });
  const bug = expect.objectContaining({ name: 'Bug', message: expect.stringMatching(/WritePipeline.step of \/bug\(/) });
  await expect(out.hflush()).rejects.toEqual(bug);
  await expect(out.write(pattern(10_000))).rejects.toEqual(bug);
  await expect(out.close()).rejects.toEqual(bug);
  expect(step).toHaveBeenCalledTimes(1);
  expect(await dfs.isFileClosed('/bug')).toBe(false);
  step.mockRestore();
});

describe('a DataNode dies in the middle of a write', () => {
  it.each([0, 1, 2])('place %i of the pipeline: the file is complete and correct', async (place) => {
    cluster = await Cluster.start(3, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    const data = pattern(900_000, place);
    const out = await dfs.create('/dies');
    await out.write(data.subarray(0, 300_000));
    await out.hflush();
    const port = lastPipeline(lines)[place];
    await cluster.datanodeAt(port ?? 0).stop();
    await out.write(data.subarray(300_000));
    await out.close();
    expect((await readAll(cluster.client(), '/dies')).equals(data)).toBe(true);
    expect((await dfs.getFileStatus('/dies')).length).toBe(data.length);
    expect(lastPipeline(lines)).toHaveLength(2);
  });

  it('while nothing waits for an ack, and packets are on their way', async () => {
    cluster = await Cluster.start(3, { 'dfs.blocksize': '4194304', 'dfs.client-write-packet-size': '65536' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    const data = pattern(12_000_000);
    const out = await dfs.create('/dies');
    let stopping: { readonly port: number; readonly done: Promise<void> } | undefined;
    for (let at = 0; at < data.length; at += 100_000) {
      await out.write(data.subarray(at, at + 100_000));
      const port = lastPipeline(lines)[1];
      if (at >= 5_000_000 && port) stopping ??= { port, done: cluster.datanodeAt(port).stop() };
    }
    await out.close();
    await stopping?.done;
    expect(lastPipeline(lines)).toHaveLength(2);
    expect(lastPipeline(lines)).not.toContain(stopping?.port);
    expect((await readAll(cluster.client(), '/dies')).equals(data)).toBe(true);
  });

  it('two of three die, one after the other: the last one is enough', async () => {
    cluster = await Cluster.start(3, { 'dfs.blocksize': '1048576', [`${REPLACE}.policy`]: 'NEVER' });
    const dfs = cluster.client();
    const data = pattern(600_000);
    const out = await dfs.create('/dies');
    for (const [place, from] of [0, 200_000, 400_000].entries()) {
      await out.write(data.subarray(from, from + 200_000));
      await out.hflush();
      if (place < 2) await cluster.datanodes[place]?.stop();
    }
    await out.close();
    expect((await readAll(cluster.client(), '/dies')).equals(data)).toBe(true);
  });

  it('all die: the write fails', async () => {
    cluster = await Cluster.start(2, { [`${REPLACE}.policy`]: 'NEVER' });
    const dfs = cluster.client();
    const out = await dfs.create('/dies', { replication: 2 });
    await out.write(pattern(10_000));
    await out.hflush();
    await Promise.all(cluster.datanodes.map((d) => d.stop()));
    // The error comes from this write or from close(), whichever is first.
    await Promise.allSettled([out.write(pattern(10_000))]);
    await expect(out.close()).rejects.toThrow('are bad. Aborting...');
    await expect(out.write(pattern(1))).rejects.toMatchObject({ code: 'ClosedChannelException' });
    await expect(out.close()).rejects.toThrow('are bad. Aborting...');
  });

  it('is replaced by another one, which gets the bytes written so far, when the block was flushed (DEFAULT)', async () => {
    cluster = await Cluster.start(4, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    const data = pattern(700_000);
    const out = await dfs.create('/dies');
    await out.write(data.subarray(0, 300_000));
    await out.hflush();
    const before = lastPipeline(lines);
    await cluster.datanodeAt(before[1] ?? 0).stop();
    await out.write(data.subarray(300_000));
    await out.close();
    const after = lastPipeline(lines);
    expect(after).toHaveLength(3);
    expect(after).not.toContain(before[1]);
    const added = after.filter((port) => !before.includes(port));
    expect(added).toHaveLength(1);
    // Stops all other DataNodes: the new one alone must have every byte.
    for (const port of after) if (!added.includes(port)) await cluster.datanodeAt(port).stop();
    expect((await readAll(cluster.client(), '/dies')).equals(data)).toBe(true);
  });

  it('before the write begins: the block is abandoned and another one asked for', async () => {
    cluster = await Cluster.start(4);
    const warnings: string[] = [];
    const dfs = cluster.client({ warn: (m) => warnings.push(m) });
    // The DataNode stops, and the NameNode does not know that yet.
    await cluster.datanodes[0]?.stop();
    const data = pattern(300_000);
    await writeFile(dfs, '/dead-from-the-start', data);
    expect((await readAll(cluster.client(), '/dead-from-the-start')).equals(data)).toBe(true);
  });
});

describe('a DataNode dies around an append', () => {
  const data = pattern(400_000);

  it.each([0, 1, 2])('before it is set up, place %i: the append goes on without it', async (place) => {
    cluster = await Cluster.start(3, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    await writeFile(dfs, '/append', data.subarray(0, 100_001));
    await until(async () => (await replicaCounts(dfs, '/append'))[0] === 3, 'three replicas');
    const out = await dfs.append('/append');
    await cluster.datanodeAt(await portOfReplica(dfs, '/append', place)).stop();
    await out.write(data.subarray(100_001));
    await out.close();
    expect((await readAll(cluster.client(), '/append')).equals(data)).toBe(true);
    expect(lastPipeline(lines)).toHaveLength(2);
  });

  it.each([0, 1, 2])('while it streams, place %i: a fourth one takes its place', async (place) => {
    cluster = await Cluster.start(4, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    await writeFile(dfs, '/append', data.subarray(0, 100_001));
    await until(async () => (await replicaCounts(dfs, '/append'))[0] === 3, 'three replicas');
    const out = await dfs.append('/append');
    await out.write(data.subarray(100_001, 200_000));
    await out.hflush();
    const before = lastPipeline(lines);
    await cluster.datanodeAt(before[place] ?? 0).stop();
    await out.write(data.subarray(200_000));
    await out.close();
    const after = lastPipeline(lines);
    expect(after).toHaveLength(3);
    for (const port of after) if (before.includes(port)) await cluster.datanodeAt(port).stop();
    expect((await readAll(cluster.client(), '/append')).equals(data)).toBe(true);
  });

  it('an append to two of three replicas is filled up with a third one first (DEFAULT)', async () => {
    cluster = await Cluster.start(2, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    await writeFile(dfs, '/append', data.subarray(0, 1000));
    await until(async () => (await replicaCounts(dfs, '/append'))[0] === 2, 'two replicas');
    const out = await dfs.append('/append');
    await cluster.addDatanode();
    const live = async () => (await dfs.getDatanodeReport('LIVE')).filter((d) => (d.remaining ?? 0) > 0).length;
    await until(async () => (await live()) === 3, 'the third DataNode');
    await out.write(data.subarray(1000));
    await out.close();
    expect(lastPipeline(lines)).toHaveLength(3);
    await cluster.datanodes[0]?.stop();
    await cluster.datanodes[1]?.stop();
    expect((await readAll(cluster.client(), '/append')).equals(data)).toBe(true);
  });
});

describe('the NameNode restarts', () => {
  it('in the middle of a write: the writer waits for it, and for the end of its safe mode', async () => {
    cluster = await Cluster.start(2, { 'dfs.replication': '2' });
    const dfs = cluster.client();
    const data = pattern(300_000);
    const out = await dfs.create('/restart');
    await out.write(data.subarray(0, 100_000));
    await out.hflush();
    const startAgain = await cluster.stopNamenode();
    const rest = (async () => {
      await out.write(data.subarray(100_000));
      await out.close();
    })();
    await startAgain();
    await rest;
    expect((await readAll(cluster.client(), '/restart')).equals(data)).toBe(true);
  });

  it('between two calls: the second call is repeated until the NameNode is up again', async () => {
    cluster = await Cluster.start(0, {
      'ipc.client.connect.retry.interval': '20',
      'ipc.client.connect.max.retries': '500',
    });
    const dfs = cluster.client();
    await dfs.mkdirs('/before');
    const startAgain = await cluster.stopNamenode();
    const asked = dfs.getFileStatus('/before');
    await startAgain();
    expect((await asked).type).toBe('DIRECTORY');
  });
});

async function portOfReplica(dfs: DistributedFileSystem, file: string, place: number): Promise<number> {
  const last = (await dfs.getFileBlockLocations(file)).at(-1);
  return Number(last?.names[place]?.split(':')[1]);
}

describe('reading', () => {
  it('another file under the same name is not read on as if it were the first one', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client();
    await writeFile(dfs, '/same', pattern(100_000));
    const input = await cluster.client().open('/same');
    await dfs.delete('/same', false);
    await writeFile(dfs, '/same', pattern(100_000, 2));
    await cluster.datanodes[0]?.stop();
    await expect(input.pread(0, 1000)).rejects.toThrow('Blocklist for /same has changed!');
  });

  it('a file being written whose DataNodes are all dead can not be opened, because its length is unknown', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client();
    const out = await dfs.create('/unknown');
    await out.write(pattern(1000));
    await out.hflush();
    await cluster.datanodes[0]?.stop();
    await expect(cluster.client().open('/unknown')).rejects.toMatchObject({ code: 'CannotObtainBlockLengthException' });
    await out.abort();
  });

  it('a file whose pipeline was rebuilt is read by a reader that opened the file before', async () => {
    cluster = await Cluster.start(3, { 'dfs.blocksize': '1048576' });
    const lines: string[] = [];
    const dfs = cluster.client({ explain: (line) => lines.push(line) });
    const data = pattern(600_000);
    const out = await dfs.create('/rebuilt');
    await out.write(data.subarray(0, 200_000));
    await out.hflush();
    const input = await cluster.client().open('/rebuilt');
    await cluster.datanodeAt(lastPipeline(lines)[0] ?? 0).stop();
    await out.write(data.subarray(200_000, 400_000));
    await out.hflush();
    expect(data.subarray(0, 400_000).equals(await input.pread(0, 400_000))).toBe(true);
    await out.write(data.subarray(400_000));
    await out.close();
    expect(data.equals(await input.pread(0, 600_000))).toBe(true);
  });

  it('a corrupt replica is reported and another one read', async () => {
    cluster = await Cluster.start(2, { 'dfs.blocksize': '1048576' });
    const dfs = cluster.client({ settings: { 'dfs.replication': '2' } });
    const data = pattern(400_000);
    await writeFile(dfs, '/corrupt', data);
    await until(async () => (await replicaCounts(dfs, '/corrupt'))[0] === 2, 'two replicas');
    await corruptReplicas(cluster.dataDir(0));
    // Reads until the client has chosen the corrupt replica.
    const warnings: string[] = [];
    const reader = cluster.client({ warn: (m) => warnings.push(m) });
    await until(async () => {
      expect((await readAll(reader, '/corrupt')).equals(data)).toBe(true);
      return warnings.length > 0;
    }, 'a failed checksum');
    expect(warnings[0]).toContain('Checksum error: /corrupt at ');
    await until(async () => (await replicaCounts(dfs, '/corrupt'))[0] === 1, 'the NameNode to leave it out');
  });

  it('a corrupt replica is reported by a pread too, even of a single packet', async () => {
    cluster = await Cluster.start(2, { 'dfs.replication': '2' });
    const dfs = cluster.client();
    const data = pattern(3000);
    await writeFile(dfs, '/corrupt', data);
    await until(async () => (await replicaCounts(dfs, '/corrupt'))[0] === 2, 'two replicas');
    await corruptReplicas(cluster.dataDir(0));
    const warnings: string[] = [];
    const reader = cluster.client({ warn: (m) => warnings.push(m) });
    await until(async () => {
      await using input = await reader.open('/corrupt');
      expect(data.equals(await input.pread(0, data.length))).toBe(true);
      return warnings.length > 0;
    }, 'a failed checksum');
    await until(async () => (await replicaCounts(dfs, '/corrupt'))[0] === 1, 'the NameNode to leave it out');
  });

  it('a refusal on a kept connection closes it', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client();
    const { client } = dfs;
    await writeFile(dfs, '/kept', pattern(1000));
    await readAll(dfs, '/kept');
    await until(() => client.peers.size === 1, 'a kept connection');
    const { port } = cluster.datanodes[0]?.xferAddress ?? { port: 0 };
    const kept = client.peers.take(`127.0.0.1:${port}`);
    if (!kept) throw new Error('no connection was kept');
    client.peers.put(`127.0.0.1:${port}`, kept);
    const { locations } = await client.call(getBlockLocations, { src: '/kept', offset: 0, length: 1 });
    const [located] = locations?.blocks ?? [];
    const [node] = located?.locs ?? [];
    if (!located || !node) throw new Error('no location');
    const unknown = { ...located, b: { ...located.b, blockId: 1 } };
    const request = { path: '/kept', located: unknown, node, start: 0, end: 1, verifyChecksum: true };
    await expect(BlockReader.open(client, request)).rejects.toThrow('Replica not found');
    expect(kept.destroyed).toBe(true);
  });

  it('an open file whose last block has no locations yet is an error, not a shorter file', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client();
    const out = await dfs.create('/open');
    await out.write(pattern(1000));
    await out.hflush();
    const { client } = cluster.client();
    const { locations } = await client.call(getBlockLocations, { src: '/open', offset: 0, length: 1 });
    if (!locations?.lastBlock) throw new Error('no last block');
    const { lastBlock } = locations;
    // The answer of a restarted NameNode for a committed block that no DataNode has reported yet.
    const unplaced = { ...lastBlock, locs: [], b: { ...lastBlock.b, numBytes: 1000 } };
    const answer = { locations: { ...locations, blocks: [], lastBlock: unplaced } };
    client.call = () => Promise.resolve(answer as never);
    await expect(LocatedFile.open(client, '/open')).rejects.toThrow('Could not obtain the last block locations.');
    // The block's locations arrive while the reader waits for them.
    const answers = [answer, answer, { locations }];
    client.call = () => Promise.resolve(answers.shift() as never);
    expect((await LocatedFile.open(client, '/open')).length).toBe(1000);
    await out.close();
  });

  // Hadoop's BlockReaderRemote does not ask for checksums that it does not verify, so the DataNode need not have them.
  it('without verifying checksums reads a replica with a bad meta file', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client({ settings: { 'dfs.client.max.block.acquire.failures': '0' } });
    const data = pattern(30_000);
    await writeFile(dfs, '/bad-meta', data);
    const replicas = await replicaFiles(cluster.dataDir(0), /^blk_\d+_\d+\.meta$/);
    for (const file of replicas) await fs.writeFile(file, Buffer.alloc(300, 0xff));
    await expect(readAll(dfs, '/bad-meta')).rejects.toMatchObject({ code: 'BlockMissingException' });
    await using input = await dfs.open('/bad-meta', { verifyChecksum: false });
    expect(data.equals(await input.pread(0, data.length))).toBe(true);
  });

  it('fails with BlockMissingException when no replica is left', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1' });
    const dfs = cluster.client();
    await writeFile(dfs, '/lost', pattern(1000));
    await cluster.datanodes[0]?.stop();
    const lost = await readAll(dfs, '/lost').catch((e: unknown) => e);
    expect(lost).toMatchObject({ javaClass: 'org.apache.hadoop.hdfs.BlockMissingException' });
    expect(String(lost)).toContain('Could not obtain block: BP-');
    expect(String(lost)).toContain('file=/lost');
  });

  it('goes on with another replica when a DataNode dies in the middle', async () => {
    cluster = await Cluster.start(2, { 'dfs.blocksize': '8388608', 'dfs.replication': '2' });
    const dfs = cluster.client();
    const data = pattern(8_000_000);
    await writeFile(dfs, '/dies', data, 1_000_000);
    await until(async () => (await replicaCounts(dfs, '/dies'))[0] === 2, 'two replicas');
    const lines: string[] = [];
    const input = await cluster.client({ explain: (line) => lines.push(line) }).open('/dies');
    const chunks: Uint8Array[] = [];
    for await (const chunk of input.stream()) {
      if (chunks.length === 0) {
        const port = Number(/127\.0\.0\.1:(\d+)\]/.exec(lines.find((l) => l.startsWith('read 4.')) ?? '')?.[1]);
        await cluster.datanodeAt(port).stop();
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(data)).toBe(true);
  });
});

/** Changes a byte in the middle of every finalized replica of a DataNode. */
async function corruptReplicas(dir: string): Promise<void> {
  for (const file of await replicaFiles(dir, /^blk_\d+$/)) {
    const bytes = await fs.readFile(file);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    await fs.writeFile(file, bytes);
  }
}

/** Waits for files of replicas below a DataNode's directory. Returns at least one. */
async function replicaFiles(dir: string, name: RegExp): Promise<string[]> {
  const entries = await fs.readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && name.test(entry.name));
  expect(files).not.toHaveLength(0);
  return files.map((entry) => path.join(entry.parentPath, entry.name));
}
