// After a restart that was announced to the writers, their replicas are RBW again (Hadoop: DataNode.shutdownDatanode).
import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import { UNKNOWN_SEQNO } from '../../../datanode/transfer/ack-queue.ts';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import { OpWriteBlockProto_BlockConstructionStage as Stage, Status } from '../../../protocol/gen/messages.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter } from '../support/writer.ts';

const bench = useTestBench();

const start = async (name = 'a', more: Record<string, string> = {}) => {
  const reports = bench.namenode.blockReports.length;
  const datanode = await bench.start(name, more);
  await until(() => bench.namenode.blockReports.length > reports);
  return datanode;
};

const shutDown = async (datanode: DataNode, forUpgrade: boolean) => {
  const { host, port } = datanode.ipcAddress;
  const client = new RpcClient({ host, port, protocol: ClientDatanode.PROTOCOL, user: currentUser() });
  await client.call(ClientDatanode.shutdownDatanode, { forUpgrade });
  await client.close();
};

const beginBlock = async (datanode: DataNode, data: Buffer, targets: DataNode[] = []) => {
  const writer = await TestWriter.open(infoOf(datanode), { targets: targets.map(infoOf) });
  bench.atEnd(async () => writer.close());
  await writer.setUp();
  await writer.send(0, data);
  await writer.ack();
  return writer;
};

const notes = async () => {
  const names = await fs.readdir(bench.pool('a', 'current'));
  return names.filter((name) => name.endsWith('.restart'));
};

// Hadoop: DataNode.shutdownDatanode, DataXceiverServer.sendOOBToPeers, BlockReceiver.receiveBlock.
describe('a DataNode that is shut down for a restart', () => {
  test('tells its writers, and has their replicas as they were when it is back', async () => {
    const first = await start();
    const data = someBytes(1000);
    const writer = await beginBlock(first, data);
    await shutDown(first, true);
    expect(await writer.ack()).toMatchObject({ seqno: UNKNOWN_SEQNO, reply: [Status.OOB_RESTART] });
    writer.close();
    expect(await first.stopped).toBeUndefined();
    expect(await notes()).toEqual([`rbw${path.delimiter}.blk_${BLOCK_ID}.restart`]);

    const second = await start();
    expect(bench.namenode.reported()).toEqual([
      { blockId: BLOCK_ID, bytesOnDisk: 1000, generationStamp: 1001, state: 'RBW' },
    ]);
    expect(await notes()).toEqual([]);
    const options = {
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp: 1002,
      minBytesRcvd: 1000,
      maxBytesRcvd: 1000,
    };
    const again = await TestWriter.open(infoOf(second), options);
    expect((await again.setUp()).status).toBe(Status.SUCCESS);
    const more = someBytes(500, 2);
    // As a real client: the rest of the open chunk comes in a packet of its own.
    await again.send(1000, more.subarray(0, 24));
    await again.send(1024, more.subarray(24));
    await again.last(1500);
    await again.ack();
    await again.ack();
    await again.ack();
    again.close();
    const read = await readBlock(infoOf(second), extendedBlock(BLOCK_ID, 1002), 0, 1500);
    expect(read.data.equals(Buffer.concat([data, more]))).toBe(true);
  });

  test('is named at its place by the nodes before it', async () => {
    const [a, b, c] = [await start('a'), await start('b'), await start('c')];
    const writer = await beginBlock(a, someBytes(1000), [b, c]);
    await shutDown(c, true);
    const { SUCCESS, OOB_RESTART } = Status;
    expect(await writer.ack()).toMatchObject({ seqno: UNKNOWN_SEQNO, reply: [SUCCESS, SUCCESS, OOB_RESTART] });
  });

  test('does not wait for a writer that stays', async () => {
    const datanode = await start();
    await beginBlock(datanode, someBytes(1000));
    await shutDown(datanode, true);
    expect(await datanode.stopped).toBeUndefined();
  });

  test('and comes back too late finds its replicas waiting for their recovery (RWR)', async () => {
    const first = await start('a', { 'dfs.datanode.restart.replica.expiration': '0' });
    const writer = await beginBlock(first, someBytes(1000));
    await shutDown(first, true);
    await writer.ack();
    writer.close();
    await first.stopped;
    await start();
    expect(bench.namenode.reported()).toMatchObject([{ bytesOnDisk: 1000, state: 'RWR' }]);
    expect(await notes()).toEqual([]);
  });
});

test('a DataNode that is shut down for good tells its writers nothing', async () => {
  const datanode = await start();
  const writer = await beginBlock(datanode, someBytes(1000));
  await shutDown(datanode, false);
  await expectLost(writer.ack());
  await datanode.stopped;
  expect(await notes()).toEqual([]);
});
