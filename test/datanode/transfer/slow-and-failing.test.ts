// Neighbours that are slow or fail, and disks that fail, while a block is written.
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataChecksum } from '../../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import {
  BlockOpResponseProto,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  type DatanodeInfoProto,
  OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
} from '../../../protocol/gen/messages.ts';
import { nothing, settled } from '../../../runtime/promises.ts';
import { until } from '../../support/until.ts';
import { BLOCK_ID, extendedBlock, POOL, someBytes } from '../support/blocks.ts';
import { infoOf, startDataNode } from '../support/datanodes.ts';
import { FakeNameNode } from '../support/fake-namenode.ts';
import { temporaryDirectory } from '../support/files.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

let namenode: FakeNameNode;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let datanode: DataNode;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  namenode = await new FakeNameNode().start();
  directory = await temporaryDirectory();
  datanode = await startDataNode(namenode, [directory.path]);
  stops.push(() => datanode.stop());
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await namenode.stop();
  await directory.remove();
});

/** Opens a data transfer port on which each connection is served by `serve`. Returns the fake DataNode's address. */
async function fakeDataNode(serve: (connection: DataConnection) => Promise<void>): Promise<DatanodeInfoProto> {
  const connections = new Set<DataConnection>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new DataConnection(socket);
    connections.add(connection);
    void settled(serve(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const connection of connections) connection.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as net.AddressInfo;
  const id = {
    ipAddr: '127.0.0.1',
    hostName: '127.0.0.1',
    datanodeUuid: 'fake',
    xferPort: port,
    infoPort: 0,
    ipcPort: 0,
  };
  return { id };
}

/** Receives a pipeline's set-up and answers with success. */
async function acceptPipeline(connection: DataConnection): Promise<void> {
  await connection.receiveOp();
  await connection.receiveMessage(OpWriteBlockProto);
  await connection.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS, firstBadLink: '' });
}

const PACKET = someBytes(64 * 1024);

describe('HDFS design: a slow neighbour slows the writer, and memory stays flat', () => {
  test('what is sent to a neighbour that does not read is bounded, and all of it arrives in the end', async () => {
    let goOn: () => void = nothing;
    const told = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let received = 0;
    const slow = await fakeDataNode(async (connection) => {
      await acceptPipeline(connection);
      await told;
      for (;;) {
        const packet = await connection.receivePacket();
        received += packet.data.length;
        packet.release();
        await connection.sendAck({ seqno: packet.seqno, reply: [Status.SUCCESS], flag: [] });
      }
    });
    const writer = await TestWriter.open(infoOf(datanode), { targets: [slow] });
    expect((await writer.setUp()).status).toBe(Status.SUCCESS);
    const packets = 1100;
    let sent = 0;
    const sending = (async () => {
      for (; sent < packets; sent++) await writer.send(sent * PACKET.length, PACKET);
    })();
    // The writer comes to a halt when none of its bytes are taken over many turns of the event loop.
    let last = -1;
    for (let still = 0; still < 40; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      still = sent === last ? still + 1 : 0;
      last = sent;
    }
    expect(sent * PACKET.length).toBeLessThan(60 * 1024 * 1024);
    goOn();
    for (let i = 0; i < packets; i++) expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.SUCCESS]);
    await sending;
    expect(received).toBe(packets * PACKET.length);
    writer.close();
  });

  test('a neighbour that says it got corrupt data ends the connection to the writer without an ack', async () => {
    const judge = await fakeDataNode(async (connection) => {
      await acceptPipeline(connection);
      const { seqno } = await connection.receivePacket();
      await connection.sendAck({ seqno, reply: [Status.ERROR_CHECKSUM], flag: [] });
    });
    const writer = await TestWriter.open(infoOf(datanode), { targets: [judge] });
    await writer.setUp();
    await writer.send(0, PACKET);
    await expectLost(writer.ack());
    writer.close();
  });
});

describe('a neighbour that fails', () => {
  test('behind the last packet does not hold the node when the writer has gone, too', async () => {
    const dying = await fakeDataNode(async (connection) => {
      await acceptPipeline(connection);
      let packet = await connection.receivePacket();
      await connection.sendAck({ seqno: packet.seqno, reply: [Status.SUCCESS], flag: [] });
      packet = await connection.receivePacket();
      expect(packet.lastPacketInBlock).toBe(true);
      connection.destroy();
    });
    const writer = await TestWriter.open(infoOf(datanode), { targets: [dying] });
    await writer.setUp();
    await writer.send(0, PACKET);
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.SUCCESS]);
    // The transfer counts twice: as connection and as PacketResponder (Hadoop: DataNode.getActiveTransferThreadCount).
    await until(() => namenode.heartbeats.at(-1)?.xceiverCount === 2);
    await writer.last(PACKET.length);
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.ERROR]);
    writer.close();
    await until(() => namenode.heartbeats.at(-1)?.xceiverCount === 0);
  });

  test('at the set-up leaves no room reserved for the block', async () => {
    const reserved = async (): Promise<number> => {
      const { host, port } = datanode.httpAddress;
      const text = await (await fetch(`http://${host}:${port}/jmx`)).text();
      return Number(/"?reservedSpaceForReplicas\\*"?:(\d+)/.exec(text)?.[1]);
    };
    const refusing = await fakeDataNode(async (connection) => connection.destroy());
    const writer = await TestWriter.open(infoOf(datanode), { targets: [refusing] });
    expect((await writer.setUp()).status).toBe(Status.ERROR);
    writer.close();
    expect(await reserved()).toBe(0);
  });
});

test('a recovery that comes while a pipeline is set up takes the replica away from it', async () => {
  let asked: () => void = nothing;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const silent = await fakeDataNode(async (connection) => {
    await connection.receiveOp();
    asked();
    // This node never answers. Its connection ends when the DataNode gives up.
    await settled(connection.receiveAck());
  });
  const stuck = await TestWriter.open(infoOf(datanode), { targets: [silent] });
  await isAsked;
  const recovery = { stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY, latestGenerationStamp: 1002, maxBytesRcvd: 10 };
  const writer = await TestWriter.open(infoOf(datanode), recovery);
  expect((await writer.setUp()).status).toBe(Status.SUCCESS);
  await expectLost(stuck.setUp());
  await writer.send(0, someBytes(10));
  await writer.last(10);
  await writer.ack();
  expect((await writer.ack()).reply).toEqual([Status.SUCCESS]);
  expect((await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID, 1002), 0, 10)).data.equals(someBytes(10))).toBe(
    true,
  );
  for (const w of [writer, stuck]) w.close();
});

describe('checksums of other kinds', () => {
  test.each([new DataChecksum('CRC32', 512), new DataChecksum('CRC32C', 4096), new DataChecksum('NULL', 512)])(
    '$type of $bytesPerChecksum bytes are stored as the client sends them',
    async (checksum) => {
      const data = someBytes(100_000);
      await writeWhole(infoOf(datanode), data, { checksum }, 64 * 1024);
      const read = await readBlock(infoOf(datanode), extendedBlock(), 0, data.length);
      expect(read.data.equals(data)).toBe(true);
      expect(read.checksums.equals(checksum.compute(data))).toBe(true);
    },
  );

  test('an append with other checksums than the block has is translated', async () => {
    const [old, more] = [someBytes(1024, 1), someBytes(3000, 2)];
    await writeWhole(infoOf(datanode), old);
    const append = { stage: Stage.PIPELINE_SETUP_APPEND, minBytesRcvd: old.length, latestGenerationStamp: 1002 };
    const writer = await TestWriter.open(infoOf(datanode), { ...append, checksum: new DataChecksum('CRC32', 512) });
    await writer.setUp();
    await writer.send(1024, more);
    await writer.last(4024);
    await writer.ack();
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS]);
    writer.close();
    const whole = Buffer.concat([old, more]);
    const read = await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID, 1002), 0, whole.length);
    expect(read.checksums.equals(new DataChecksum('CRC32C', 512).compute(whole))).toBe(true);
  });

  test('a partial chunk on disk that has gone bad is not written on', async () => {
    await writeWhole(infoOf(datanode), someBytes(700));
    const place = path.join(directory.path, 'current', POOL, 'current', 'finalized', 'subdir0', 'subdir0');
    const file = await fs.open(path.join(place, `blk_${BLOCK_ID}`), 'r+');
    await file.write(Buffer.from([someBytes(700)[600] === 0 ? 1 : 0]), 0, 1, 600);
    await file.close();
    const append = { stage: Stage.PIPELINE_SETUP_APPEND, minBytesRcvd: 700, latestGenerationStamp: 1002 };
    const writer = await TestWriter.open(infoOf(datanode), append);
    await writer.setUp();
    await writer.send(700, someBytes(10));
    await expectLost(writer.ack());
    writer.close();
  });
});

describe('a disk that fails', () => {
  test('a block file that has vanished is an error to the reader, and news to the NameNode', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    const place = path.join(directory.path, 'current', POOL, 'current', 'finalized', 'subdir0', 'subdir0');
    await fs.rm(path.join(place, `blk_${BLOCK_ID}`));
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 10)).response.status).toBe(Status.ERROR);
    await until(() => namenode.told.some((b) => b.status === BlockStatus.DELETED && b.block.blockId === BLOCK_ID));
  });

  test('a volume that has vanished ends the DataNode with the reason', async () => {
    await directory.remove();
    const reason = await datanode.stopped;
    expect(reason?.message).toContain(`DataNode is shutting down due to failed volumes: [${directory.path}: ENOENT`);
  });

  test('unless as many may fail (dfs.datanode.failed.volumes.tolerated): then it is left out', async () => {
    const [a, b] = [path.join(directory.path, 'a'), path.join(directory.path, 'b')];
    const tolerant = await startDataNode(namenode, [a, b], { 'dfs.datanode.failed.volumes.tolerated': '1' });
    stops.push(() => tolerant.stop());
    for (let i = 0; i < 2; i++)
      await writeWhole(infoOf(tolerant), someBytes(10), { block: extendedBlock(BLOCK_ID + i) });
    await fs.rm(a, { recursive: true });
    const mine = () =>
      namenode.heartbeats.filter((h) => h.registration.datanodeID.datanodeUuid === tolerant.datanodeUuid);
    await until(() => mine().some((h) => h.failedVolumes === 1));
    const at = mine().findIndex((h) => h.failedVolumes === 1);
    const [before, after] = [mine()[at - 1], mine()[at]];
    expect(before?.reports).toHaveLength(2);
    expect(after?.reports).toHaveLength(1);
    expect(after?.volumeFailureSummary).toMatchObject({ failedStorageLocations: [a] });
    expect(after?.volumeFailureSummary?.estimatedCapacityLostTotal).toBeGreaterThan(0);
    await until(() => namenode.errors.length > 0);
    expect(namenode.errors[0]).toMatchObject({ errorCode: 1 });
    expect(namenode.errors[0]?.msg).toContain(`DataNode failed volumes:[${a}: ENOENT`);
    // The replicas of the failed volume are gone. The other replicas are served, and new blocks are taken.
    const statuses: (Status | undefined)[] = [];
    for (let i = 0; i < 2; i++)
      statuses.push((await readBlock(infoOf(tolerant), extendedBlock(BLOCK_ID + i), 0, 10)).response.status);
    expect(statuses.sort()).toEqual([Status.SUCCESS, Status.ERROR]);
    for (let i = 2; i < 4; i++)
      await writeWhole(infoOf(tolerant), someBytes(10), { block: extendedBlock(BLOCK_ID + i) });
  });

  test('a writer on it loses its connection, and goes on elsewhere', async () => {
    const [a, b] = [path.join(directory.path, 'a'), path.join(directory.path, 'b')];
    const tolerant = await startDataNode(namenode, [a, b], { 'dfs.datanode.failed.volumes.tolerated': '1' });
    stops.push(() => tolerant.stop());
    const writer = await TestWriter.open(infoOf(tolerant));
    await writer.setUp();
    await writer.send(0, PACKET);
    await writer.ack();
    const isOnA = (await fs.readdir(a, { recursive: true })).some((name) => name.includes(`blk_${BLOCK_ID}`));
    await fs.rm(isOnA ? a : b, { recursive: true });
    await expectLost(writer.ack());
    writer.close();
    await writeWhole(infoOf(tolerant), PACKET);
    expect((await readBlock(infoOf(tolerant), extendedBlock(), 0, 10)).response.status).toBe(Status.SUCCESS);
  });

  test('at the start a volume that can not be used counts as failed, too', async () => {
    const file = path.join(directory.path, 'file');
    await fs.writeFile(file, '');
    const volumes = [path.join(file, 'below'), path.join(directory.path, 'b')];
    await expect(startDataNode(namenode, volumes)).rejects.toThrow('dfs.datanode.data.dir: cannot use');
    const tolerant = await startDataNode(namenode, volumes, { 'dfs.datanode.failed.volumes.tolerated': '1' });
    stops.push(() => tolerant.stop());
    await until(() => namenode.heartbeats.some((h) => h.failedVolumes === 1 && h.reports.length === 1));
    await writeWhole(infoOf(tolerant), someBytes(10));
    await expect(startDataNode(namenode, volumes, { 'dfs.datanode.failed.volumes.tolerated': '2' })).rejects.toThrow(
      'Invalid value configured for dfs.datanode.failed.volumes.tolerated - 2.',
    );
  });
});
