import fs from 'node:fs/promises';
import net from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { currentUser } from '../../conf/configuration.ts';
import type { DataNode } from '../../datanode/datanode.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import {
  BlockCommandProto_Action as Action,
  BlockOpResponseProto,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  DatanodeCommandProto_Type as CommandType,
  OpRequestShortCircuitAccessProto,
  ShortCircuitShmRequestProto,
  ShortCircuitShmResponseProto,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { nothing } from '../../runtime/promises.ts';
import {
  BLOCK_ID,
  extendedBlock,
  type FakeNameNode,
  FINALIZED_DIRECTORY,
  infoOf,
  POOL,
  readBlock,
  someBytes,
  TestWriter,
  until,
  useTestBench,
  writeWhole,
} from './harness.ts';

const bench = useTestBench();
const { start } = bench;
let namenode: FakeNameNode;
let datanode: DataNode;
beforeEach(async () => {
  ({ namenode } = bench);
  datanode = await start();
});

const blockCommand = (action: Action, blockId: number, genStamp: number, target?: DataNode) => ({
  cmdType: CommandType.BlockCommand,
  blkCmd: {
    action,
    blockPoolId: POOL,
    blocks: [{ blockId, genStamp }],
    targets: target ? [{ datanodes: [infoOf(target)] }] : [],
    targetStorageUuids: target ? [{ storageUuids: [''] }] : [],
    targetStorageTypes: target ? [{ storageTypes: [StorageTypeProto.DISK] }] : [],
  },
});

describe('the link to the NameNode', () => {
  test('registers, reports and sends heartbeats', async () => {
    expect(datanode.isRegistered).toBe(true);
    await until(() => namenode.heartbeats.length > 1 && namenode.blockReports.length === 1);
    const heartbeat = namenode.heartbeats[0];
    expect(heartbeat?.registration).toMatchObject({
      softwareVersion: '3.4.2',
      datanodeID: infoOf(datanode).id,
      storageInfo: { namespceID: 7, clusterID: 'CID-1', cTime: 2 },
    });
    expect((heartbeat?.registration.storageInfo.layoutVersion ?? 0) | 0).toBe(-57);
    expect(heartbeat?.reports[0]).toMatchObject({ failed: false, dfsUsed: 0 });
    expect(heartbeat?.reports[0]?.capacity).toBeGreaterThan(0);
  });

  test('a NameNode that restarts is found again, told everything, and asked for nothing twice', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    await namenode.stop();
    await namenode.start();
    namenode.commands.push({ uuid: '', command: { cmdType: CommandType.RegisterCommand } });
    await until(() => namenode.registrations === 2 && namenode.blockReports.length === 2);
    expect(namenode.reported()).toMatchObject([{ blockId: BLOCK_ID, state: 'FINALIZED' }]);
  });

  test('blocks received while the NameNode was away are told when it is back', async () => {
    await namenode.stop();
    await writeWhole(infoOf(datanode), someBytes(10));
    await namenode.start();
    await until(() => namenode.told.some((b) => b.status === BlockStatus.RECEIVED && b.block.blockId === BLOCK_ID));
  });

  test('a DataNode started before its NameNode waits for it', async () => {
    await namenode.stop();
    const early = await start('early');
    expect(early.isRegistered).toBe(false);
    await namenode.start();
    await until(() => early.isRegistered);
  });

  test('a NameNode of another cluster that takes the first one’s place ends the DataNode with the reason', async () => {
    await namenode.stop();
    namenode.clusterId = 'CID-2';
    await namenode.start();
    namenode.commands.push({ uuid: '', command: { cmdType: CommandType.RegisterCommand } });
    expect((await datanode.stopped)?.message).toContain('Cluster IDs not matched: dn cid=CID-1 but ns cid=CID-2');
  });
});

// BPServiceActor.offerService and BlockReportLeaseManager of Hadoop.
describe('leases for full block reports', () => {
  const leaseOf = (report = namenode.blockReports.at(-1)) => report?.context?.leaseId;

  test('are asked for with a heartbeat and given back to the last of their 64 bits', async () => {
    await until(() => namenode.blockReports.length === 1);
    expect(namenode.heartbeats[0]?.requestFullBlockReportLease).toBe(true);
    expect(leaseOf()).toBe('-8234567890123456789');
    const heartbeats = namenode.heartbeats.length;
    await until(() => namenode.heartbeats.length > heartbeats + 1);
    expect(namenode.heartbeats.at(-1)?.requestFullBlockReportLease).toBe(false);
  });

  test('that are refused are asked for again, and no report goes without one', async () => {
    await datanode.stop();
    namenode.reportLease = '0';
    const heartbeats = namenode.heartbeats.length;
    const reports = namenode.blockReports.length;
    datanode = await start('a');
    await until(() => namenode.heartbeats.length > heartbeats + 3);
    expect(namenode.blockReports).toHaveLength(reports);
    expect(namenode.heartbeats.at(-1)?.requestFullBlockReportLease).toBe(true);
    namenode.reportLease = '9223372036854775807';
    await until(() => namenode.blockReports.length > reports);
    expect(leaseOf()).toBe('9223372036854775807');
  });

  test('a report on demand needs none (dfsadmin -triggerBlockReport)', async () => {
    await until(() => namenode.blockReports.length === 1);
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, protocol: ClientDatanode.PROTOCOL, user: currentUser() });
    bench.atEnd(() => client.close());
    await client.call(ClientDatanode.triggerBlockReport, { incremental: false });
    expect(leaseOf()).toBe('0');
  });
});

// FSNamesystem.handleHeartbeat, DataNode.getSLOWByBlockPoolId of Hadoop.
test('dfs.pipeline.slownode: acks say what the NameNode has found of the DataNode', async () => {
  const slow = await start('slow', { 'dfs.pipeline.slownode': 'true' });
  const flagOf = async (blockId: number) =>
    (await writeWhole(infoOf(slow), someBytes(10), { block: extendedBlock(blockId) })).at(-1)?.flag;
  expect(await flagOf(1)).toEqual([Status.SUCCESS | (1 << 7)]);
  namenode.isSlowNode = true;
  const heartbeats = () =>
    namenode.heartbeats.filter((h) => h.registration.datanodeID.datanodeUuid === slow.datanodeUuid).length;
  const before = heartbeats();
  await until(() => heartbeats() > before + 1);
  expect(await flagOf(2)).toEqual([Status.SUCCESS | (2 << 7)]);
});

describe('commands of the NameNode', () => {
  test('INVALIDATE deletes a replica and says so', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    namenode.commands.push({ uuid: '', command: blockCommand(Action.INVALIDATE, BLOCK_ID, 1001) });
    await until(() => namenode.told.some((b) => b.status === BlockStatus.DELETED && b.block.blockId === BLOCK_ID));
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 1)).response.message).toContain('Replica not found');
  });

  test('INVALIDATE of an older generation leaves the replica, of which the NameNode is told again', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    const received = () =>
      namenode.told.filter((b) => b.status === BlockStatus.RECEIVED && b.block.genStamp === 1001).length;
    await until(() => received() === 1);
    namenode.commands.push({ uuid: '', command: blockCommand(Action.INVALIDATE, BLOCK_ID, 1000) });
    await until(() => received() === 2);
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 1)).response.status).toBe(Status.SUCCESS);
  });

  test('TRANSFER copies a replica to another DataNode, which reports it', async () => {
    const data = someBytes(200_000);
    await writeWhole(infoOf(datanode), data);
    const other = await start('b');
    const before = namenode.told.length;
    namenode.commands.push({
      uuid: datanode.datanodeUuid,
      command: blockCommand(Action.TRANSFER, BLOCK_ID, 1001, other),
    });
    await until(() => namenode.told.slice(before).some((b) => b.status === BlockStatus.RECEIVED));
    const copy = await readBlock(infoOf(other), extendedBlock(), 0, data.length);
    expect(copy.data.equals(data)).toBe(true);
  });

  test('TRANSFER of a block that is not as the NameNode believes is not done but told (DataNode.transferBlock)', async () => {
    const other = await start('b');
    const order = (blockId: number, numBytes: number) => {
      const { cmdType, blkCmd } = blockCommand(Action.TRANSFER, blockId, 1001, other);
      const command = { cmdType, blkCmd: { ...blkCmd, blocks: [{ blockId, genStamp: 1001, numBytes }] } };
      namenode.commands.push({ uuid: datanode.datanodeUuid, command });
    };
    order(BLOCK_ID, 10);
    await until(() => namenode.errors.length === 1);
    expect(namenode.errors[0]).toEqual({ errorCode: 2, msg: `Can't send invalid block ${POOL}:blk_${BLOCK_ID}_1001` });
    await writeWhole(infoOf(datanode), someBytes(10));
    order(BLOCK_ID, 11);
    await until(() => namenode.badBlocks.length === 1);
    expect(namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID, numBytes: 11 });
    await fs.rm(bench.pool('a', ...FINALIZED_DIRECTORY, `blk_${BLOCK_ID}`));
    order(BLOCK_ID, 10);
    await until(() => namenode.told.some((b) => b.status === BlockStatus.DELETED && b.block.blockId === BLOCK_ID));
  });

  test('block recovery brings the replicas of a dead writer to one length and generation stamp', async () => {
    const other = await start('b');
    const data = someBytes(5000);
    const writer = await TestWriter.open(infoOf(datanode), { targets: [infoOf(other)] });
    await writer.setUp();
    await writer.send(0, data);
    await writer.ack();
    writer.close();
    const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const located = { b: extendedBlock(BLOCK_ID, 1001, 0), offset: 0, corrupt: false, blockToken };
    const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
    const block = { ...located, ...lists, locs: [infoOf(datanode), infoOf(other)] };
    const recoveryCmd = { blocks: [{ newGenStamp: 1009, block }] };
    const command = { cmdType: CommandType.BlockRecoveryCommand, recoveryCmd };
    namenode.commands.push({ uuid: datanode.datanodeUuid, command });
    await until(() => namenode.synchronizations.length === 1);
    expect(namenode.synchronizations).toEqual([{ newLength: 5000, newGenStamp: 1009, deleteBlock: false, targets: 2 }]);
    for (const node of [datanode, other]) {
      expect((await readBlock(infoOf(node), extendedBlock(BLOCK_ID, 1009), 0, 5000)).data.equals(data)).toBe(true);
    }
  });
});

describe('bad input ends its connection and nothing else', () => {
  /** Sends bytes and waits until the DataNode closes. */
  const throwAt = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const { host, port } = datanode.xferAddress;
      const socket = net.connect(port, host, () => socket.write(bytes));
      socket.resume();
      socket.on('end', () => socket.end());
      socket.on('error', nothing);
      socket.on('close', () => resolve());
    });
  const stillServes = async () => {
    const block = extendedBlock(BLOCK_ID + 100);
    await writeWhole(infoOf(datanode), someBytes(10), { block });
    expect((await readBlock(infoOf(datanode), block, 0, 10)).response.status).toBe(Status.SUCCESS);
  };

  test.each([
    ['an unknown op', Buffer.from([0, 28, 55])],
    ['another version of the protocol', Buffer.from([0, 27, 81])],
    ['the magic of an encrypted transfer', Buffer.from([0xde, 0xad, 0xbe, 0xef])],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a header that is no message', Buffer.from([0, 28, 81, 3, 0xff, 0xff, 0xff])],
    ['a header longer than any', Buffer.from([0, 28, 81, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])('%s', async (_name, bytes) => {
    await throwAt(bytes);
    await stillServes();
  });

  test.each([
    ['a packet longer than any', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 25])],
    ['a packet of negative length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 25])],
    [
      'a packet header that is no message',
      Buffer.concat([Buffer.from([0, 0, 0, 4, 0, 3]), Buffer.from([0xff, 0xff, 0xff])]),
    ],
  ])('%s', async (_name, bytes) => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.connection.sendRaw([bytes]);
    await expect(writer.ack()).rejects.toThrow();
    writer.close();
    await stillServes();
  });

  test('a gap in the packets, and checksums of the wrong length', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(512, someBytes(10));
    await expect(writer.ack()).rejects.toThrow();
    writer.close();
    const other = await TestWriter.open(infoOf(datanode), { block: extendedBlock(BLOCK_ID + 1) });
    await other.setUp();
    await other.send(0, someBytes(10), { checksums: Buffer.alloc(8) });
    await expect(other.ack()).rejects.toThrow();
    other.close();
    await stillServes();
  });

  test('a block of another pool is refused with the reason', async () => {
    const writer = await TestWriter.open(infoOf(datanode), { block: { ...extendedBlock(), poolId: 'BP-other' } });
    expect((await writer.setUp()).message).toContain('Not ready to serve the block pool, BP-other.');
    writer.close();
  });

  test('short-circuit reads are answered as by a Hadoop DataNode that does not offer them', async () => {
    const { host, port } = datanode.xferAddress;
    const fds = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await fds.sendOp(Op.REQUEST_SHORT_CIRCUIT_FDS, OpRequestShortCircuitAccessProto, {
      header: { block: extendedBlock() },
      maxVersion: 1,
    });
    expect((await fds.receiveMessage(BlockOpResponseProto)).status).toBe(Status.ERROR_UNSUPPORTED);
    fds.destroy();
    const shm = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await shm.sendOp(Op.REQUEST_SHORT_CIRCUIT_SHM, ShortCircuitShmRequestProto, { clientName: 'c' });
    expect((await shm.receiveMessage(ShortCircuitShmResponseProto)).status).toBe(Status.ERROR_UNSUPPORTED);
    shm.destroy();
  });
});

describe('ClientDatanodeProtocol', () => {
  const clientOf = (user = currentUser()) => {
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, protocol: ClientDatanode.PROTOCOL, user });
    bench.atEnd(() => client.close());
    return client;
  };

  test('getReplicaVisibleLength is what every node of the pipeline has', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(0, someBytes(700));
    await writer.ack();
    const client = clientOf();
    expect(await client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock() })).toEqual({
      length: 700,
    });
    const newer = client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock(BLOCK_ID, 1002) });
    await expect(newer).rejects.toThrow('replica.getGenerationStamp() < block.getGenerationStamp()');
    await expect(
      client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock(3) }),
    ).rejects.toMatchObject({
      code: 'ReplicaNotFoundException',
    });
    writer.close();
  });

  test('administration', async () => {
    const client = clientOf();
    expect((await client.call(ClientDatanode.getDatanodeInfo, {})).localInfo.softwareVersion).toBe('3.4.2');
    expect((await client.call(ClientDatanode.getVolumeReport, {})).volumeInfo).toMatchObject([{ numBlocks: 0 }]);
    expect(await client.call(ClientDatanode.getBalancerBandwidth, {})).toEqual({ bandwidth: 104857600 });
    await until(() => namenode.blockReports.length === 1);
    await client.call(ClientDatanode.triggerBlockReport, { incremental: false });
    expect(namenode.blockReports).toHaveLength(2);
  });

  test('is for the superuser, except for reading', async () => {
    const client = clientOf('nobody');
    for (const method of [
      ClientDatanode.getVolumeReport,
      ClientDatanode.evictWriters,
      ClientDatanode.refreshNamenodes,
    ]) {
      await expect(client.call<object, unknown>(method, {})).rejects.toMatchObject({ code: 'AccessControlException' });
    }
  });

  test('getBlockLocalPathInfo is for those whom the configuration names', async () => {
    const token = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const asked = clientOf().call(ClientDatanode.getBlockLocalPathInfo, { block: extendedBlock(), token });
    await expect(asked).rejects.toThrow("Can't continue with getBlockLocalPathInfo() authorization.");
  });

  test('evictWriters ends the writers, shutdownDatanode the daemon', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    const client = clientOf();
    await client.call(ClientDatanode.evictWriters, {});
    await expect(writer.ack()).rejects.toThrow();
    writer.close();
    await client.call(ClientDatanode.shutdownDatanode, { forUpgrade: false });
    expect(await datanode.stopped).toBeUndefined();
  });
});

describe('HTTP', () => {
  test('/jmx has the beans that monitoring reads, / a summary', async () => {
    const base = `http://${datanode.httpAddress.host}:${datanode.httpAddress.port}`;
    const { beans } = (await (await fetch(`${base}/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo`)).json()) as {
      beans: Record<string, string>[];
    };
    expect(beans).toMatchObject([{ name: 'Hadoop:service=DataNode,name=DataNodeInfo', ClusterId: 'CID-1' }]);
    expect(await (await fetch(base)).text()).toContain('DataNode on 127.0.0.1');
  });

  test('/conf shows its configuration', async () => {
    const base = `http://${datanode.httpAddress.host}:${datanode.httpAddress.port}`;
    const answer = await fetch(`${base}/conf?name=dfs.datanode.address`, { headers: { accept: 'application/json' } });
    expect(await answer.json()).toEqual({
      property: { key: 'dfs.datanode.address', value: '127.0.0.1:0', isFinal: false },
    });
  });
});

test('stop ends connections in the middle of anything', async () => {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await writer.send(0, someBytes(10));
  await datanode.stop();
  await expect(
    (async () => {
      for (;;) await writer.ack();
    })(),
  ).rejects.toThrow();
  writer.close();
});

test('a writer faster than its pipeline is slowed down: what it sends without reading acks is bounded', async () => {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  const data = someBytes(64 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 400; i++) await writer.send(i * data.length, data);
  for (let i = 0; i < 400; i++) await writer.ack();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  writer.close();
});
