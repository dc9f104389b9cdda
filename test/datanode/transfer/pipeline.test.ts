// Pipelines of three DataNodes (HDFS design: replication pipelining).
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  OpTransferBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../../protocol/gen/messages.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { filesBelow } from '../support/files.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const { SUCCESS, ERROR, ERROR_CHECKSUM } = Status;
const bench = useTestBench();
let nodes: [DataNode, DataNode, DataNode];

beforeEach(async () => {
  nodes = [await bench.start('a'), await bench.start('b'), await bench.start('c')];
});

const behind = () => [infoOf(nodes[1]), infoOf(nodes[2])];
const fileOf = async (name: string, ...place: string[]) =>
  (await filesBelow(bench.pool(name, 'current'))).get(path.join(...place));
const FINALIZED = ['finalized', 'subdir0', 'subdir0'];
/** Returns the names of the files in the directory of the finalized block. */
const namesOf = async (name: string): Promise<string[]> =>
  [...(await filesBelow(bench.pool(name, 'current', ...FINALIZED))).keys()].sort();

describe('HDFS design: replication pipelining', () => {
  test('three nodes get the same bytes, and each ack carries three replies', async () => {
    const data = someBytes(700_001);
    const acks = await writeWhole(infoOf(nodes[0]), data, { targets: behind() });
    expect(acks).toHaveLength(12);
    for (const [seqno, ack] of acks.entries()) expect(ack).toMatchObject({ seqno, reply: [SUCCESS, SUCCESS, SUCCESS] });
    for (const name of ['a', 'b', 'c']) {
      expect((await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}`))?.equals(data)).toBe(true);
      expect(
        (await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}_1001.meta`))?.subarray(7).equals(CRC32C.compute(data)),
      ).toBe(true);
    }
    await until(() => bench.namenode.told.filter((b) => b.status === BlockStatus.RECEIVED).length === 3);
  });

  test('a node that can not be reached is named in the answer to the set-up', async () => {
    const [, , third] = nodes;
    const gone = infoOf(third);
    await third.stop();
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: [infoOf(nodes[1]), gone] });
    expect(await writer.setUp()).toMatchObject({ status: ERROR, firstBadLink: `127.0.0.1:${gone.id.xferPort}` });
    writer.close();
  });

  test('a node that refuses names itself', async () => {
    await writeWhole(infoOf(nodes[2]), someBytes(10));
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: behind() });
    const answer = await writer.setUp();
    expect(answer).toMatchObject({ status: ERROR, firstBadLink: `127.0.0.1:${nodes[2].xferAddress.port}` });
    expect(answer.message).toContain('already exists in state FINALIZED');
    writer.close();
  });

  test('a node that dies in the middle is shown in the acks at its place', async () => {
    const data = someBytes(64 * 1024);
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: behind() });
    await writer.setUp();
    await writer.send(0, data);
    expect((await writer.ack()).reply).toEqual([SUCCESS, SUCCESS, SUCCESS]);
    await nodes[2].stop();
    const ack = await writer.ack();
    expect(ack.reply).toEqual([SUCCESS, SUCCESS, ERROR]);
    writer.close();
  });

  test('what was acked is what the survivors go on from, under a new generation stamp', async () => {
    const [first, rest] = [someBytes(100_000, 1), someBytes(70_000, 2)];
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: behind() });
    await writer.setUp();
    await writer.send(0, first);
    await writer.ack();
    await nodes[1].stop();
    expect((await writer.ack()).reply).toEqual([SUCCESS, ERROR]);
    writer.close();

    const recovered = {
      targets: [infoOf(nodes[2])],
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp: 1002,
    };
    const again = await TestWriter.open(infoOf(nodes[0]), {
      ...recovered,
      minBytesRcvd: first.length,
      maxBytesRcvd: first.length + rest.length,
    });
    expect(await again.setUp()).toMatchObject({ status: SUCCESS });
    // As a client does, the test sends the partial chunk at the end again from its start.
    const chunkStart = first.length - (first.length % 512);
    const whole = Buffer.concat([first, rest]);
    await again.send(chunkStart, whole.subarray(chunkStart));
    await again.last(whole.length);
    expect((await again.ack()).reply).toEqual([SUCCESS, SUCCESS]);
    expect((await again.ack()).reply).toEqual([SUCCESS, SUCCESS]);
    again.close();
    for (const name of ['a', 'c']) {
      expect((await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}`))?.equals(whole)).toBe(true);
      expect(
        (await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}_1002.meta`))?.subarray(7).equals(CRC32C.compute(whole)),
      ).toBe(true);
    }
  });

  test('bytes beyond the acked ones are cut off at recovery', async () => {
    const data = someBytes(5000);
    const writer = await TestWriter.open(infoOf(nodes[0]));
    await writer.setUp();
    await writer.send(0, data);
    await writer.ack();
    const options = { stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY, latestGenerationStamp: 1002, maxBytesRcvd: 9000 };
    const refused = await TestWriter.open(infoOf(nodes[0]), { ...options, minBytesRcvd: 6000 });
    expect((await refused.setUp()).message).toContain('are not in the range of [6000, 9000]');
    refused.close();
    const again = await TestWriter.open(infoOf(nodes[0]), { ...options, minBytesRcvd: 5000 });
    expect((await again.setUp()).status).toBe(SUCCESS);
    await expectLost(writer.ack());
    await again.last(5000);
    await again.ack();
    again.close();
    expect((await fileOf('a', ...FINALIZED, `blk_${BLOCK_ID}`))?.equals(data)).toBe(true);
  });
});

describe('checksums are verified at the tail', () => {
  test('a packet that does not match is refused there, and the nodes before it leave', async () => {
    const writer = await TestWriter.open(infoOf(nodes[0]));
    await writer.setUp();
    const data = someBytes(1000);
    await writer.send(0, data, { checksums: CRC32C.compute(someBytes(1000, 9)) });
    expect(await writer.ack()).toMatchObject({ seqno: 0, reply: [ERROR_CHECKSUM] });
    await expectLost(writer.ack());
    writer.close();

    const block = extendedBlock(BLOCK_ID + 1);
    const piped = await TestWriter.open(infoOf(nodes[0]), { block, targets: behind() });
    await piped.setUp();
    await piped.send(0, data, { checksums: CRC32C.compute(someBytes(1000, 9)) });
    // The second node hears that it sent corrupt data, and closes. The first node then has lost its mirror.
    expect((await piped.ack()).reply).toEqual([SUCCESS, ERROR]);
    piped.close();
  });

  test('what was written before the bad packet stays', async () => {
    const writer = await TestWriter.open(infoOf(nodes[0]));
    await writer.setUp();
    await writer.send(0, someBytes(1024));
    await writer.send(1024, someBytes(10), { checksums: Buffer.alloc(4) });
    expect((await writer.ack()).reply).toEqual([SUCCESS]);
    expect((await writer.ack()).reply).toEqual([ERROR_CHECKSUM]);
    writer.close();
    expect((await fileOf('a', 'rbw', `blk_${BLOCK_ID}`))?.equals(someBytes(1024))).toBe(true);
  });
});

describe('append', () => {
  test('to a partial chunk recomputes its checksum with what is on disk', async () => {
    const [old, more] = [someBytes(700, 1), someBytes(5000, 2)];
    await writeWhole(infoOf(nodes[0]), old, { targets: behind() });
    const block = extendedBlock(BLOCK_ID, 1001, old.length);
    const writer = await TestWriter.open(infoOf(nodes[0]), {
      block,
      targets: behind(),
      stage: Stage.PIPELINE_SETUP_APPEND,
      minBytesRcvd: old.length,
      latestGenerationStamp: 1002,
    });
    expect(await writer.setUp()).toMatchObject({ status: SUCCESS });
    await writer.send(700, more.subarray(0, 324));
    await writer.send(1024, more.subarray(324));
    await writer.last(5700);
    for (let i = 0; i < 3; i++) expect((await writer.ack()).reply).toEqual([SUCCESS, SUCCESS, SUCCESS]);
    writer.close();
    const whole = Buffer.concat([old, more]);
    for (const name of ['a', 'b', 'c']) {
      expect((await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}`))?.equals(whole)).toBe(true);
      expect(
        (await fileOf(name, ...FINALIZED, `blk_${BLOCK_ID}_1002.meta`))?.subarray(7).equals(CRC32C.compute(whole)),
      ).toBe(true);
    }
  });

  test('of another length than the NameNode knows is refused', async () => {
    await writeWhole(infoOf(nodes[0]), someBytes(700));
    const options = { stage: Stage.PIPELINE_SETUP_APPEND, minBytesRcvd: 600, latestGenerationStamp: 1002 };
    const writer = await TestWriter.open(infoOf(nodes[0]), options);
    expect((await writer.setUp()).message).toContain('with a length of 700 expected length is 600');
    writer.close();
  });
});

test('a failed close is repeated with a new generation stamp', async () => {
  const data = someBytes(700);
  await writeWhole(infoOf(nodes[0]), data);
  const writer = await TestWriter.open(infoOf(nodes[0]), {
    stage: Stage.PIPELINE_CLOSE_RECOVERY,
    minBytesRcvd: data.length,
    latestGenerationStamp: 1005,
  });
  expect((await writer.setUp()).status).toBe(SUCCESS);
  writer.close();
  await until(() => bench.namenode.told.some((b) => b.status === BlockStatus.RECEIVED && b.block.genStamp === 1005));
  expect(await namesOf('a')).toEqual([`blk_${BLOCK_ID}`, `blk_${BLOCK_ID}_1005.meta`]);
});

describe('TRANSFER_BLOCK: a new node is brought up to where a pipeline is', () => {
  const transfer = async (block = extendedBlock()) => {
    const { host, port } = nodes[0].xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await connection.sendOp(Op.TRANSFER_BLOCK, OpTransferBlockProto, {
      header: { baseHeader: { block }, clientName: 'client' },
      targets: [infoOf(nodes[1])],
      targetStorageTypes: [StorageTypeProto.DISK],
      targetStorageIds: [''],
    });
    const response = await connection.receiveMessage(BlockOpResponseProto);
    connection.destroy();
    return response;
  };

  test('a replica being written arrives as one being written', async () => {
    const data = someBytes(70_001);
    const writer = await TestWriter.open(infoOf(nodes[0]));
    await writer.setUp();
    await writer.send(0, data);
    await writer.ack();
    expect(await transfer()).toMatchObject({ status: SUCCESS });
    expect((await fileOf('b', 'rbw', `blk_${BLOCK_ID}`))?.equals(data)).toBe(true);
    const read = await readBlock(infoOf(nodes[1]), extendedBlock(), 0, data.length);
    expect(read.data.equals(data)).toBe(true);
    writer.close();
  });

  test('and goes on in the new pipeline under its generation stamp, be it writing, appending or closing', async () => {
    const whole = someBytes(200_000);
    const acked = 70_001;
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: [infoOf(nodes[2])] });
    await writer.setUp();
    await writer.send(0, whole.subarray(0, acked));
    await writer.ack();
    await nodes[2].stop();
    writer.close();
    const pipeline = (stage: Stage, generationStamp: number, length: number) =>
      TestWriter.open(infoOf(nodes[0]), {
        block: extendedBlock(BLOCK_ID, generationStamp),
        targets: [infoOf(nodes[1])],
        stage,
        latestGenerationStamp: generationStamp + 1,
        minBytesRcvd: length,
        maxBytesRcvd: whole.length,
      });
    expect(await transfer()).toMatchObject({ status: SUCCESS });
    const rebuilt = await pipeline(Stage.PIPELINE_SETUP_STREAMING_RECOVERY, 1001, acked);
    expect(await rebuilt.setUp()).toMatchObject({ status: SUCCESS });
    const start = acked - (acked % 512);
    await rebuilt.send(start, whole.subarray(start, 150_000));
    await rebuilt.last(150_000);
    for (let i = 0; i < 2; i++) expect((await rebuilt.ack()).reply).toEqual([SUCCESS, SUCCESS]);
    rebuilt.close();
    const appended = await pipeline(Stage.PIPELINE_SETUP_APPEND, 1002, 150_000);
    expect(await appended.setUp()).toMatchObject({ status: SUCCESS });
    await appended.send(150_000, whole.subarray(150_000, 150_016));
    await appended.send(150_016, whole.subarray(150_016));
    for (let i = 0; i < 2; i++) expect((await appended.ack()).reply).toEqual([SUCCESS, SUCCESS]);
    appended.close();
    const closed = await pipeline(Stage.PIPELINE_CLOSE_RECOVERY, 1003, whole.length);
    expect(await closed.setUp()).toMatchObject({ status: SUCCESS });
    closed.close();
    for (const node of [nodes[0], nodes[1]]) {
      await until(async () => {
        const read = await readBlock(infoOf(node), extendedBlock(BLOCK_ID, 1004), 0, whole.length);
        return read.data.equals(whole) && read.checksums.equals(CRC32C.compute(whole));
      });
    }
    for (const name of ['a', 'b'])
      expect(await namesOf(name)).toEqual([`blk_${BLOCK_ID}`, `blk_${BLOCK_ID}_1004.meta`]);
  });

  test('a finished one arrives finished', async () => {
    const data = someBytes(70_001);
    await writeWhole(infoOf(nodes[0]), data);
    expect(await transfer()).toMatchObject({ status: SUCCESS });
    expect((await fileOf('b', ...FINALIZED, `blk_${BLOCK_ID}`))?.equals(data)).toBe(true);
  });

  test('one that is not there is an error with the reason', async () => {
    const response = await transfer(extendedBlock(5));
    expect(response).toMatchObject({ status: ERROR });
    expect(response.message).toContain('ReplicaNotFoundException: Replica not found for');
  });
});
