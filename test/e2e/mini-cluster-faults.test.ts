// Tests the faults that MiniCluster offers.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { FaultError } from '../../cluster/daemons/daemon-control.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { until } from '../support/until.ts';
import { Acknowledged, lastPipeline, readAll, untilRoomOn, writeAll } from './support.ts';

let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;

beforeAll(async () => {
  const properties = {
    'dfs.heartbeat.interval': '200ms',
    'dfs.namenode.heartbeat.recheck-interval': '100',
    'dfs.namenode.redundancy.interval.seconds': '1',
    'dfs.client.retry.window.base': '1',
    'dfs.client.socket-timeout': '1500',
  };
  cluster = await MiniCluster.start({ datanodes: 3, mapreduce: false, properties });
  hdfs = cluster.fileSystem();
  acknowledged = new Acknowledged(cluster);
});
afterEach(async () => {
  await cluster.faults.clear();
  await untilRoomOn(hdfs, 3);
  await until(() => !cluster.namenode.inSafeMode, 'the end of safe mode');
  await acknowledged.check();
});
afterAll(async () => {
  await hdfs.close();
  await cluster.stop();
});

/** Returns a client that tells the steps of its writes, for lastPipeline(). The caller closes it. */
const tellingClient = (lines: string[]): DistributedFileSystem =>
  new DistributedFileSystem({ conf: cluster.conf, uri: cluster.uri, explain: (line) => lines.push(line) });

const liveDatanodes = async () => (await hdfs.getDatanodeReport('LIVE')).length;
const suffering = async () =>
  (await cluster.faults.list()).flatMap(({ daemon, state, faults }) => [
    ...(state === 'running' ? [] : [`${daemon} ${state}`]),
    ...faults.map(({ kind }) => `${daemon} ${kind}`),
  ]);

// MiniCluster offers these faults so that users can test their own software with them.
describe('the faults of a MiniCluster', () => {
  it('kill a DataNode and restart it at its address, with its blocks', async () => {
    const bytes = randomBytes(100_000);
    await writeAll(hdfs, '/killed', bytes);
    const address = cluster.datanodes[1]?.xferAddress;
    await cluster.faults.killDataNode(1);
    expect(await suffering()).toEqual(['datanode2 ended']);
    await until(async () => (await liveDatanodes()) === 2, 'the NameNode to miss it');
    expect((await readAll(hdfs, '/killed')).equals(bytes)).toBe(true);
    await expect(cluster.faults.killDataNode(1)).rejects.toThrow('datanode2 is not running: restart it first');
    await cluster.faults.restartDataNode(1);
    await until(async () => (await liveDatanodes()) === 3, 'the NameNode to see it again');
    expect(cluster.datanodes[1]?.xferAddress).toEqual(address);
  });

  it('pause a DataNode for longer than the heartbeat limit', async () => {
    cluster.faults.pauseDataNode(0);
    expect(await suffering()).toEqual(['datanode1 paused']);
    await until(async () => (await liveDatanodes()) === 2, 'the NameNode to miss it');
    // The paused DataNode's sockets stay open and silent: the writer drops it after dfs.client.socket-timeout.
    const bytes = randomBytes(100_000);
    await writeAll(hdfs, '/paused', bytes);
    cluster.faults.resumeDataNode(0);
    await until(async () => (await liveDatanodes()) === 3, 'it to go on');
    expect((await readAll(hdfs, '/paused')).equals(bytes)).toBe(true);
    expect(() => cluster.faults.resumeDataNode(0)).toThrow('datanode1 is not paused');
  });

  // dfs.namenode.safemode.min.datanodes is 1 here. With Hadoop's 0, "0 datanode(s) running" would end the write.
  it('restart the NameNode before its DataNodes: a writer waits for the first one', async () => {
    const out = await hdfs.create('/waits');
    for (const index of [0, 1, 2]) await cluster.faults.killDataNode(index);
    await cluster.faults.restartNameNode();
    expect(cluster.namenode.inSafeMode).toBe(true);
    const bytes = randomBytes(100_000);
    await out.write(bytes);
    const closed = out.close();
    await cluster.faults.restartDataNode(0);
    await closed;
    expect((await readAll(hdfs, '/waits')).equals(bytes)).toBe(true);
  });

  it('drop the acks of a DataNode: the writer leaves the DataNode out, and the file is whole', async () => {
    const lines: string[] = [];
    await using writer = tellingClient(lines);
    const out = await writer.create('/unheard');
    const bytes = randomBytes(100_000);
    await out.write(Buffer.from(bytes.subarray(0, 1000)));
    await out.hflush();
    // The last of the pipeline loses its acks, because a node waits 5 s longer for each node behind it.
    const [first, second, last] = lastPipeline(lines);
    const index = cluster.datanodes.findIndex(({ xferAddress }) => xferAddress.port === last);
    await cluster.faults.dropAcks(index);
    expect(await suffering()).toEqual([`datanode${index + 1} drop-acks`]);
    await out.write(Buffer.from(bytes.subarray(1000)));
    await out.close();
    expect(lastPipeline(lines)).toEqual([first, second]);
    expect((await readAll(hdfs, '/unheard')).equals(bytes)).toBe(true);
  });

  it('slow a DataNode: it waits before each packet of a block', async () => {
    const packets = 8;
    const { faults } = cluster.datanodes[0] ?? {};
    if (!faults) throw new Error('datanode1 takes no faults');
    const waits = vi.spyOn(faults, 'beforePackets');
    await cluster.faults.slow(0, { packetDelayMs: 3_600_000 });
    const bytes = randomBytes(packets * 65536);
    const written = writeAll(hdfs, '/slow', bytes);
    await until(() => waits.mock.calls.length > 0, 'the first packet');
    expect(await hdfs.isFileClosed('/slow')).toBe(false);
    expect(await Promise.race([waits.mock.results[0]?.value, 'still waits'])).toBe('still waits');
    // Each packet would wait for an hour: the write ends because the end of the fault ends every wait.
    await cluster.faults.clear();
    await written;
    const waited = waits.mock.calls.reduce((sum, [count]) => sum + count, 0);
    expect(waited).toBeGreaterThanOrEqual(packets);
    waits.mockRestore();
    expect((await readAll(hdfs, '/slow')).equals(bytes)).toBe(true);
    await expect(cluster.faults.slow(0, { packetDelayMs: 0 })).rejects.toThrow('expected a number above 0');
  });

  it('fill the disk of one DataNode, of all, of the NameNode', async () => {
    await cluster.faults.diskFull(0);
    await writeAll(hdfs, '/two', randomBytes(1000));
    await until(
      async () => (await hdfs.getFileBlockLocations('/two'))[0]?.names.length === 2,
      'replicas on those with room',
    );
    await cluster.faults.diskFull(1);
    await cluster.faults.diskFull(2);
    const failed = await writeAll(hdfs, '/none', randomBytes(1000)).then(
      () => 'written',
      (e: Error) => e.message,
    );
    expect(failed).toMatch(/could only be written to 0 of the 1 minReplication nodes|All datanodes|Insufficient space/);
    await cluster.faults.diskFull('namenode');
    await expect(hdfs.mkdirs('/x')).rejects.toThrow('Name node is in safe mode');
    expect(await hdfs.getFileStatus('/two')).toMatchObject({ length: 1000 });
    await cluster.faults.clear();
    await hdfs.mkdirs('/x');
  });

  it('corrupt a replica: readers get the right bytes all the same', async () => {
    const bytes = randomBytes(100_000);
    await writeAll(hdfs, '/corrupt', bytes);
    await until(async () => (await hdfs.getFileBlockLocations('/corrupt'))[0]?.names.length === 3, 'three replicas');
    const done = await cluster.faults.corruptBlock('/corrupt', { datanode: 1, bytes: 4 });
    expect(done).toMatchObject({ datanode: 'datanode2', offset: 49_998, bytes: 4 });
    const warnings: string[] = [];
    await using reader = new DistributedFileSystem({
      conf: cluster.conf,
      uri: cluster.uri,
      warn: (text) => warnings.push(text),
    });
    await until(async () => {
      expect((await readAll(reader, '/corrupt')).equals(bytes)).toBe(true);
      return warnings.length > 0;
    }, 'a reader that chose the corrupt replica');
    await expect(cluster.faults.corruptBlock('/corrupt', { block: 1 })).rejects.toThrow('there is no block 2');
    await writeAll(hdfs, '/empty', Buffer.alloc(0));
    await expect(cluster.faults.corruptBlock('/empty')).rejects.toThrow('/empty has no blocks, because it is empty');
    await expect(cluster.faults.corruptBlock('/missing')).rejects.toThrow('File does not exist');
    await expect(cluster.faults.corruptBlock('/')).rejects.toThrow('/ is a directory: name a file');
  });

  // A replica that waits for recovery has no visible length, so the reader asks another DataNode, as Hadoop's
  // DFSInputStream.readBlockLength does.
  it('kill and restart the DataNodes of a file being written: no reader misses a flushed byte', async () => {
    const lines: string[] = [];
    await using writer = tellingClient(lines);
    const out = await writer.create('/flushed');
    const bytes = randomBytes(100_000);
    await out.write(Buffer.from(bytes));
    await out.hflush();
    for (const index of [0, 1]) {
      const port = cluster.datanodes[index]?.xferAddress.port ?? 0;
      await cluster.faults.killDataNode(index);
      await cluster.faults.restartDataNode(index);
      await until(() => !lastPipeline(lines).includes(port), 'the writer to leave it out');
    }
    for (let reads = 0; reads < 6; reads++) expect((await readAll(hdfs, '/flushed')).equals(bytes)).toBe(true);
    await out.close();
    expect((await readAll(hdfs, '/flushed')).equals(bytes)).toBe(true);
  });

  it('expire a lease: the writer loses its file, and what it flushed stays', async () => {
    await using writer = cluster.fileSystem();
    const out = await writer.create('/leased');
    await out.write(Buffer.from('flushed'));
    await out.hflush();
    await cluster.faults.expireLease('/leased');
    await until(() => hdfs.isFileClosed('/leased'), 'the recovery of its last block');
    expect(String(await readAll(hdfs, '/leased'))).toBe('flushed');
    await expect(out.close()).rejects.toThrow(
      / is (UNDER_RECOVERY|COMPLETE) but not UNDER_CONSTRUCTION$|^No lease on /,
    );
    await expect(cluster.faults.expireLease('/leased')).rejects.toThrow('is not open for writing');
  });

  it('kill the NameNode and restart it with all that it acknowledged', async () => {
    await hdfs.mkdirs('/kept');
    await cluster.faults.killNameNode();
    await cluster.faults.restartNameNode();
    expect(await hdfs.getFileStatus('/kept')).toMatchObject({ type: 'DIRECTORY' });
  });

  it('are refused for a daemon that does not exist, with a list of those that do', async () => {
    await expect(async () => cluster.faults.killDataNode(7)).rejects.toThrow(
      new FaultError('This cluster has no datanode8: it has datanode1, datanode2, datanode3'),
    );
    expect(() => cluster.faults.pause('namenode')).toThrow('use calf start');
    expect(await suffering()).toEqual([]);
  });
});

it('take no faults with calf.fault.injection.enabled=false', async () => {
  const properties = { 'calf.fault.injection.enabled': 'false' };
  await using plain = await MiniCluster.start({ datanodes: 1, mapreduce: false, properties });
  await expect(plain.faults.dropAcks(0)).rejects.toThrow('start it with -D calf.fault.injection.enabled=true');
  const { httpAddress } = plain.namenode;
  expect((await fetch(`http://${httpAddress.host}:${httpAddress.port}/fault`)).status).toBe(404);
});
