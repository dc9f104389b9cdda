// Tests a cluster of separate processes that `calf start` runs.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import {
  type RunningCluster,
  readRunningCluster,
  type StartOptions,
  startCluster,
  stopCluster,
} from '../../cluster/daemons/start.ts';
import { Configuration } from '../../conf/configuration.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-e2e-'));
});
afterEach(async () => {
  await stopCluster(dir);
  fs.rmSync(dir, { recursive: true, force: true });
});

const start = (options: Partial<StartOptions> = {}) =>
  startCluster({ dir, datanodes: 3, freePorts: true, mapreduce: false, properties: {}, ...options });

const clientOf = (cluster: RunningCluster) =>
  new DistributedFileSystem({ conf: Configuration.load({ confDir: cluster.confDir }) });

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function readAll(fs: DistributedFileSystem, file: string): Promise<Buffer> {
  await using input = await fs.open(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('a cluster of separate processes', () => {
  it('keeps files and their bytes over a stop and a start', async () => {
    const bytes = randomBytes(3_000_001);
    {
      await using hdfs = clientOf(await start());
      await using out = await hdfs.create('/kept/file', { blockSizeBytes: 2 ** 20 });
      await out.write(bytes);
    }
    expect(await stopCluster(dir)).toBe(true);
    expect(readRunningCluster(dir)).toBeUndefined();
    await using hdfs = clientOf(await start());
    expect(sha256(await readAll(hdfs, '/kept/file'))).toBe(sha256(bytes));
  });

  it('completes a file, correctly, when a DataNode of its pipeline is killed in the middle of the write', async () => {
    const cluster = await start();
    await using hdfs = clientOf(cluster);
    const part = randomBytes(4 * 2 ** 20);
    const parts = 6;
    const out = await hdfs.create('/file', { blockSizeBytes: 8 * 2 ** 20, replication: 3 });
    for (let i = 0; i < parts; i++) {
      await out.write(part);
      if (i !== 2) continue;
      await out.hflush();
      process.kill(cluster.processIds.datanode2 ?? 0, 'SIGKILL');
    }
    await out.close();
    const read = await readAll(hdfs, '/file');
    expect(read.length).toBe(parts * part.length);
    expect(sha256(read)).toBe(sha256(Buffer.concat(Array(parts).fill(part))));
  });

  it('refuses a directory of something else, and leaves it alone', async () => {
    fs.writeFileSync(path.join(dir, 'thesis.txt'), 'text');
    await expect(start()).rejects.toThrow("is not empty and is not a Calf cluster's directory");
    expect(fs.readdirSync(dir)).toEqual(['thesis.txt']);
  });

  it('refuses a directory of a newer layout', async () => {
    fs.writeFileSync(path.join(dir, 'calf-cluster.json'), '{"layoutVersion":99}');
    await expect(start()).rejects.toThrow('has layout version 99, and this Calf knows 1');
  });

  it('refuses a second cluster in the same directory', async () => {
    await start();
    await expect(start()).rejects.toThrow('stop it first');
  });

  it('says which address is in use, and ends what it started', async () => {
    const first = await start();
    const taken = first.addresses['namenode.rpc'] ?? '';
    const second = path.join(dir, '..', `${path.basename(dir)}-second`);
    try {
      const starting = startCluster({
        dir: second,
        datanodes: 1,
        freePorts: true,
        mapreduce: false,
        properties: { 'dfs.namenode.rpc-address': taken },
      });
      await expect(starting).rejects.toThrow(taken);
    } finally {
      await stopCluster(second);
      fs.rmSync(second, { recursive: true, force: true });
    }
  });
});
