// Append to a finished block, also while the block is read (Hadoop: FsDatasetImpl.append).
import fs from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  OpReadBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
} from '../../../protocol/gen/messages.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY, RBW_DIRECTORY } from '../support/files.ts';
import { expectReplica, readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const DATA = someBytes(9000);

/** Opens a pipeline on the replica of a block that has `length` bytes, under generation stamp 1002. */
async function reopen(nodes: DataNode[], stage: Stage, length: number, more: object = {}): Promise<TestWriter> {
  const [first, ...rest] = nodes.map(infoOf);
  if (!first) throw new Error('no node');
  const options = { targets: rest, stage, latestGenerationStamp: 1002, minBytesRcvd: length, maxBytesRcvd: length };
  const writer = await TestWriter.open(first, { ...options, ...more });
  bench.atEnd(async () => writer.close());
  return writer;
}
const append = (nodes: DataNode[], length: number) => reopen(nodes, Stage.PIPELINE_SETUP_APPEND, length);

/** Sends the bytes from `length` to `end` as a client appends: first the rest of the last chunk, then whole chunks. */
async function appendFrom(writer: TestWriter, length: number, end: number): Promise<void> {
  const full = Math.min(end, Math.ceil(length / 512) * 512);
  if (full > length) await writer.send(length, DATA.subarray(length, full));
  if (end > full) await writer.send(full, DATA.subarray(full, end));
  await writer.last(end);
  for (let acks = 1 + Number(full > length) + Number(end > full); acks > 0; acks--) {
    expect((await writer.ack()).reply.every((status) => status === Status.SUCCESS)).toBe(true);
  }
}

describe('append to a finished block', () => {
  test.each([
    ['in the middle of a chunk', 5000, 9000],
    ['in the middle of a chunk, which stays partial', 5000, 5100],
    ['at the end of a chunk', 5120, 9000],
    ['of no bytes', 0, 700],
  ])('that ends %s', async (_where, length, end) => {
    const nodes = [await bench.start('a'), await bench.start('b')];
    await writeWhole(infoOf(nodes[0] as DataNode), DATA.subarray(0, length), { targets: nodes.slice(1).map(infoOf) });
    const writer = await append(nodes, length);
    expect((await writer.setUp()).status).toBe(Status.SUCCESS);
    await appendFrom(writer, length, end);
    for (const node of nodes) await expectReplica(node, 1002, DATA.subarray(0, end));
    await until(
      () =>
        bench.namenode.told.filter((b) => b.status === BlockStatus.RECEIVED && b.block.genStamp === 1002).length === 2,
    );
    expect(await fs.readdir(bench.pool('a', ...RBW_DIRECTORY))).toEqual([]);
    expect(await fs.readdir(bench.pool('a', ...FINALIZED_DIRECTORY))).toHaveLength(2);
  });

  test('whose last chunk does not match its checksum is refused', async () => {
    const datanode = await bench.start();
    await writeWhole(infoOf(datanode), DATA.subarray(0, 5000));
    const file = await fs.open(bench.pool('a', ...FINALIZED_DIRECTORY, `blk_${BLOCK_ID}`), 'r+');
    await file.write(Buffer.from([0xff, 0xff]), 0, 2, 4990);
    await file.close();
    const answer = await (await append([datanode], 5000)).setUp();
    expect(answer).toMatchObject({ status: Status.ERROR, firstBadLink: `127.0.0.1:${datanode.xferAddress.port}` });
    expect(answer.message).toContain('is corrupt: the checksum of its chunk at 4608 is wrong');
  });

  test('of another length or generation stamp is refused (FsDatasetImpl.append)', async () => {
    const datanode = await bench.start();
    await writeWhole(infoOf(datanode), DATA.subarray(0, 5000));
    const message = async (length: number, more: object) =>
      (await (await reopen([datanode], Stage.PIPELINE_SETUP_APPEND, length, more)).setUp()).message;
    expect(await message(4999, {})).toContain('with a length of 5000 expected length is 4999');
    expect(await message(5000, { latestGenerationStamp: 1000 })).toContain('The new generation stamp 1000');
    expect(await message(5000, { block: extendedBlock(BLOCK_ID, 1003), latestGenerationStamp: 1004 })).toContain(
      'Replica not found',
    );
    expect(await message(5000, {})).toBeUndefined();
    expect(await message(5000, { latestGenerationStamp: 1003 })).toContain('Cannot append to an unfinalized replica');
  });

  test('that is set up, lost and set up again (PIPELINE_SETUP_APPEND_RECOVERY)', async () => {
    const datanode = await bench.start();
    await writeWhole(infoOf(datanode), DATA.subarray(0, 5000));
    const lost = await append([datanode], 5000);
    await lost.setUp();
    const again = await reopen([datanode], Stage.PIPELINE_SETUP_APPEND_RECOVERY, 5000, {
      latestGenerationStamp: 1003,
    });
    expect((await again.setUp()).status).toBe(Status.SUCCESS);
    await appendFrom(again, 5000, 9000);
    await expectReplica(datanode, 1003, DATA);
  });
});

describe('readers while a block is appended to', () => {
  test('a read that began before the append sees what there was, without a checksum error', async () => {
    const datanode = await bench.start();
    // The block is larger than all sockets and buffers, so its end is read from disk only when the reader goes on.
    const length = 24 * 1024 * 1024 + 100;
    const data = someBytes(length);
    await writeWhole(infoOf(datanode), data, {}, 1024 * 1024);
    const connection = await DataConnection.connect({ ...datanode.xferAddress, timeoutMs: 10_000 });
    bench.atEnd(async () => connection.destroy());
    const header = { baseHeader: { block: extendedBlock() }, clientName: 'client' };
    await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset: 0, len: length, sendChecksums: true });
    expect((await connection.receiveMessage(BlockOpResponseProto)).status).toBe(Status.SUCCESS);
    const writer = await append([datanode], length);
    await writer.setUp();
    await writer.send(length, someBytes(412, 9));
    await writer.last(length + 412);
    await writer.ack();
    await writer.ack();
    let at = 0;
    for (let last = false; !last; ) {
      const packet = await connection.receivePacket();
      CRC32C.verify(packet.data, packet.checksums, packet.offsetInBlock, 'block');
      expect(packet.data.equals(data.subarray(at, at + packet.data.length))).toBe(true);
      at += packet.data.length;
      last = packet.lastPacketInBlock;
      packet.release();
    }
    expect(at).toBe(length);
  });

  test('every acked byte is read, at every moment, with checksums that are right', async () => {
    const datanode = await bench.start();
    await writeWhole(infoOf(datanode), DATA.subarray(0, 300));
    const writer = await append([datanode], 300);
    await writer.setUp();
    let acked = 300;
    let reads = 0;
    const reading = (async () => {
      while (acked < DATA.length) {
        const least = acked;
        const read = await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID, 1001), 0, least);
        expect(read.response.message ?? '').toBe('');
        expect(read.data.length).toBeGreaterThanOrEqual(least);
        expect(read.data.equals(DATA.subarray(0, read.data.length))).toBe(true);
        expect(read.checksums.equals(CRC32C.compute(read.data))).toBe(true);
        reads++;
      }
    })();
    const step = 37;
    for (let at = 300; at < DATA.length; ) {
      // A client sends the open chunk again from its start, but without the bytes from before the append.
      const start = at < 512 ? at : at - (at % 512);
      const end = Math.min(DATA.length, at + step, at < 512 ? 512 : start + 512);
      await writer.send(start, DATA.subarray(start, end));
      await writer.ack();
      at = end;
      acked = end;
    }
    await writer.last(DATA.length);
    await writer.ack();
    await reading;
    expect(reads).toBeGreaterThan(3);
    await expectReplica(datanode, 1002, DATA);
  });
});
