// Tests that the files of writers that vanish are recovered with all acknowledged bytes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import { BlockOpResponseProto, OpWriteBlockProto, Status } from '../../protocol/gen/messages.ts';
import { distProgram } from '../../runtime/dist.ts';
import { CRC32C, someBytes } from '../datanode/support/blocks.ts';
import { TestWriter } from '../datanode/support/writer.ts';
import { until } from '../support/until.ts';
import { openBlock, writeHeader } from './raw-block.ts';
import { Acknowledged, readAll, writeAll, xceiverCount } from './support.ts';

let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;

beforeAll(async () => {
  cluster = await MiniCluster.start({ datanodes: 3, mapreduce: false });
  hdfs = cluster.fileSystem();
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
});
afterEach(async () => {
  await acknowledged.check();
  for (const { httpAddress } of cluster.datanodes) {
    await until(async () => (await xceiverCount(httpAddress)) === 0, 'the DataNode to let go of the writer');
  }
});
afterAll(async () => {
  await hdfs.close();
  await cluster.stop();
});

/** Reads with a client of its own and closes it, because an open client keeps connections to DataNodes. */
async function readOnce(path: string): Promise<Buffer> {
  await using client = cluster.fileSystem();
  return await readAll(client, path);
}

/** Opens a hand-made writer with a pipeline of all three DataNodes, which can vanish at any byte. */
async function openWriter(path: string): Promise<TestWriter> {
  const { located } = await openBlock(hdfs, path, 'DFSClient_vanishing');
  const [first] = located.locs;
  expect(located.locs).toHaveLength(3);
  const address = { host: '127.0.0.1', port: first?.id.xferPort ?? 0, timeoutMs: 10_000 };
  const connection = await DataConnection.connect(address);
  await connection.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, writeHeader(located, 'DFSClient_vanishing'));
  const { status } = await connection.receiveMessage(BlockOpResponseProto);
  expect(status).toBe(Status.SUCCESS);
  return new TestWriter(connection, CRC32C);
}

/** Replaces a file that is being written by a new one: HDFS's lease rules allow another client only that. */
async function replaceByAnother(path: string): Promise<void> {
  await using other = cluster.fileSystem('root');
  const refused = await other.create(path, { overwrite: false }).catch((e: unknown) => e);
  expect(refused).toMatchObject({ code: 'AlreadyBeingCreatedException' });
  expect(String(refused)).toContain(`Failed to CREATE_FILE ${path} for DFSClient_`);
  expect(String(refused)).toContain('because this file lease is currently owned by DFSClient_');
  await using out = await other.create(path, { overwrite: true });
  await out.write(Buffer.from('another one'));
  await out.close();
  expect((await readAll(other, path)).toString()).toBe('another one');
}

describe('a writer that vanishes', () => {
  it('before its first packet leaves an empty file', async () => {
    const writer = await openWriter('/empty');
    writer.close();
    expect((await readOnce('/empty')).length).toBe(0);
    await replaceByAnother('/empty');
  });

  it('after packets that were acked leaves them readable', async () => {
    const bytes = someBytes(5000);
    const writer = await openWriter('/flushed');
    await writer.send(0, Buffer.from(bytes));
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.SUCCESS, Status.SUCCESS]);
    writer.close();
    expect((await readOnce('/flushed')).equals(bytes)).toBe(true);
    await replaceByAnother('/flushed');
  });

  it('in the middle of a packet leaves the packets before it', async () => {
    const bytes = someBytes(64 * 1024);
    const writer = await openWriter('/middle');
    await writer.send(0, Buffer.from(bytes));
    await writer.ack();
    // Sends the header of a packet of 64 KiB, and only its first bytes.
    const half = Buffer.concat([Buffer.from('00010004001909', 'hex'), Buffer.alloc(1000)]);
    await writer.connection.sendRaw([half]);
    writer.close();
    expect((await readOnce('/middle')).equals(bytes)).toBe(true);
    await replaceByAnother('/middle');
  });

  it('without reading any ack leaves no more than whole packets, and the same bytes to all', async () => {
    const bytes = someBytes(40 * 65024);
    const writer = await openWriter('/silent');
    for (let at = 0; at < bytes.length; at += 65024) await writer.send(at, Buffer.from(bytes.subarray(at, at + 65024)));
    writer.close();
    const left = await readOnce('/silent');
    expect(left.equals(bytes.subarray(0, left.length))).toBe(true);
    await replaceByAnother('/silent');
  });

  it('as a killed hdfs dfs -put leaves NAME._COPYING_, and the next -put writes the file', async () => {
    const env = { ...process.env, HADOOP_CONF_DIR: cluster.confDir };
    const bytes = someBytes(1_000_000);
    const put = () =>
      spawn(process.execPath, [distProgram('hdfs'), 'dfs', '-put', '-', '/put'], {
        env,
        stdio: ['pipe', 'ignore', 'inherit'],
      });
    const killed = put();
    killed.stdin.on('error', () => killed.stdin.destroy());
    killed.stdin.write(bytes);
    const counts = () => Promise.all(cluster.datanodes.map((d) => xceiverCount(d.httpAddress)));
    await until(async () => (await counts()).every((n) => n === 1), 'a pipeline');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    // The name that was asked for never shows half a file.
    await expect(hdfs.getFileStatus('/put')).rejects.toMatchObject({ code: 'FileNotFoundException' });
    expect((await hdfs.getFileStatus('/put._COPYING_')).length).toBe(0);
    const again = put();
    again.stdin.end(bytes);
    const [status] = await once(again, 'exit');
    expect(status).toBe(0);
    expect((await readOnce('/put')).equals(bytes)).toBe(true);
    await expect(hdfs.getFileStatus('/put._COPYING_')).rejects.toMatchObject({ code: 'FileNotFoundException' });
  });
});

describe('a reader that vanishes', () => {
  it('in the middle of a block does no harm', async () => {
    await writeAll(hdfs, '/read', someBytes(3_000_000));
    await using client = cluster.fileSystem();
    const readers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const input = await client.open('/read');
        const stream = input.stream()[Symbol.asyncIterator]();
        await stream.next();
        return { input, stream };
      }),
    );
    for (const { input, stream } of readers) {
      await stream.return?.();
      await input.close();
    }
    expect((await readOnce('/read')).equals(someBytes(3_000_000))).toBe(true);
  });
});
