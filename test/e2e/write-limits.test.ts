// Tests the limits of a write: its timeouts, and a cluster that is gone.
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { HdfsOutputStream } from '../../client/write/write-stream.ts';
import { Configuration } from '../../conf/configuration.ts';
import { pattern } from '../support/pattern.ts';
import { Cluster } from './cluster.ts';

// Hadoop's DataStreamer.waitForAckedSeqno waits for dfs.datanode.socket.write.timeout (480 s) and 5 s a DataNode.
describe('an ack that never comes', () => {
  const LIMIT_MS = 495_000;
  const message = 'No ack received after 495s and a timeout of 495s';
  let client: DfsClient;
  let out: HdfsOutputStream;

  beforeEach(async () => {
    vi.useFakeTimers();
    const dfs = new DistributedFileSystem({ conf: new Configuration({}), uri: 'hdfs://127.0.0.1:1' });
    client = dfs.client;
    // The NameNode accepts every call and answers none.
    client.callForWriter = () => new Promise(() => undefined);
    out = new HdfsOutputStream(client, { path: '/f', fileId: 1, replication: 3, blockSizeBytes: 1 << 20 });
    await out.write(pattern(1000));
  });
  afterEach(async () => {
    await out.abort();
    vi.useRealTimers();
  });

  const outcome = (promise: Promise<void>): { value: unknown } => {
    const seen: { value: unknown } = { value: 'waits' };
    promise.then(
      () => Object.assign(seen, { value: 'done' }),
      (value: unknown) => Object.assign(seen, { value }),
    );
    return seen;
  };

  it('fails hflush and hsync after this time, and the stream goes on', async () => {
    const first = outcome(out.hflush());
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect(first.value).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(first.value).toMatchObject({ code: 'InterruptedIOException', message });
    await out.write(pattern(1000));
    const second = outcome(out.hsync());
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect(second.value).toBe('waits');
    expect(client.leases.openFiles).toBe(1);
  });

  it('fails close() after this time, and the file is given up', async () => {
    const closing = outcome(out.close());
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect([closing.value, client.leases.openFiles]).toEqual(['waits', 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(closing.value).toMatchObject({ code: 'InterruptedIOException', message });
    expect(client.leases.openFiles).toBe(0);
  });
});

// Hadoop's DataStreamer.close(force) closes the socket, even while the streamer waits for data on it.
describe('a DataNode that never answers', () => {
  const silent = net.createServer();
  const token = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
  afterEach(() => silent.close());

  it('has no connection left when the write is given up', async () => {
    silent.listen(0, '127.0.0.1');
    const accepting = once(silent, 'connection');
    await once(silent, 'listening');
    const { port: xferPort } = silent.address() as net.AddressInfo;
    const id = { ipAddr: '127.0.0.1', hostName: 'dn', datanodeUuid: 'dn', xferPort, infoPort: 0, ipcPort: 0 };
    const b = { poolId: 'BP-1', blockId: 1, generationStamp: 1001, numBytes: 0 };
    const where = { offset: 0, locs: [{ id }], storageTypes: [], storageIDs: [], isCached: [], corrupt: false };
    const { client } = new DistributedFileSystem({ conf: new Configuration({}), uri: 'hdfs://127.0.0.1:1' });
    client.callForWriter = () => Promise.resolve({ block: { b, blockToken: token, ...where } } as never);
    const out = new HdfsOutputStream(client, { path: '/f', fileId: 1, replication: 1, blockSizeBytes: 1 << 20 });
    await out.write(pattern(1000));
    const flushed = out.hflush();
    const [accepted] = (await accepting) as [net.Socket];
    accepted.resume();
    await Promise.all([expect(flushed).rejects.toThrow('was given up'), out.abort(), once(accepted, 'close')]);
    await client.close();
  });
});

describe('with a cluster', () => {
  let cluster: Cluster;
  afterEach(() => cluster.stop());

  it('a wait for an ack longer than dfs.client.slow.io.warning.threshold.ms logs a warning', async () => {
    cluster = await Cluster.start(1, { 'dfs.replication': '1', 'dfs.client.slow.io.warning.threshold.ms': '0' });
    const warnings: string[] = [];
    const out = await cluster.client({ warn: (m) => warnings.push(m) }).create('/slow');
    await out.write(pattern(1000));
    await out.hflush();
    await out.close();
    expect(warnings[0]).toMatch(/^Slow waitForAckedSeqno took \d+ms \(threshold=0ms\)\. File being written: \/slow$/);
  });

  // close() waits for a dead NameNode only as long as the IPC client retries, not for a minute as a writer does.
  it('a file system whose cluster is gone closes, and says which files it could not close', async () => {
    cluster = await Cluster.start(2, {
      'dfs.replication': '2',
      'ipc.client.connect.max.retries': '5',
      'ipc.client.connect.retry.interval': '20',
    });
    const warnings: string[] = [];
    const dfs = cluster.client({ warn: (m) => warnings.push(m) });
    const outs = await Promise.all(['/idle', '/written', '/flushing'].map((name) => dfs.create(name)));
    const [, written, flushing] = outs;
    await written?.write(pattern(1000));
    await written?.hflush();
    await flushing?.write(pattern(1000));
    const startAgain = await cluster.stopNamenode();
    // The file system closes before a stream has found out that its pipeline is gone.
    const stopping = Promise.all(cluster.datanodes.map((d) => d.stop()));
    const flushed = flushing?.hflush();
    await Promise.all([dfs.close(), stopping, expect(flushed).rejects.toThrow(/ failed on connection exception: /)]);
    const failed = warnings.flatMap((w) => /^Failed to close file: (\S+):/.exec(w)?.[1] ?? []);
    expect(failed.sort()).toEqual(['/flushing', '/idle', '/written']);
    for (const out of outs) await expect(out.close()).rejects.toThrow(/ failed on connection exception: /);
    await startAgain();
  });
});
