// The link to the NameNode: registration, heartbeats and block reports (Hadoop: BPServiceActor).
import { beforeEach, describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import {
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  DatanodeCommandProto_Type as CommandType,
  Status,
} from '../../../protocol/gen/messages.ts';
import { tellsOfOldCopy } from '../../../protocol/old-copy-report.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import type { FakeNameNode } from '../support/fake-namenode.ts';
import { writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const { start } = bench;
let namenode: FakeNameNode;
let datanode: DataNode;
beforeEach(async () => {
  ({ namenode } = bench);
  datanode = await start();
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

  // A rule of our own. Hadoop's NameNode logs the message.
  test('a NameNode whose transactions have gone back is told so once, before it is sent a block report', async () => {
    namenode.transaction = 120;
    await until(() => namenode.heartbeats.length > 1 && namenode.blockReports.length === 1);
    await namenode.stop();
    namenode.transaction = 80;
    await namenode.start();
    namenode.commands.push({ uuid: '', command: { cmdType: CommandType.RegisterCommand } });
    await until(() => namenode.blockReports.length === 2);
    const msg =
      'The last transaction of the NameNode has gone back from 120 to 80: its name directory may be an old copy';
    expect(namenode.errors).toEqual([{ errorCode: 0, msg, reportsBefore: 1 }]);
    expect(tellsOfOldCopy(msg)).toBe(true);
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

// Hadoop: BPServiceActor.offerService, BlockReportLeaseManager.
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

// Hadoop: FSNamesystem.handleHeartbeat, DataNode.getSLOWByBlockPoolId.
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
