// One client writes a block to one DataNode and reads it back.
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus, Status } from '../../../protocol/gen/messages.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, POOL, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { filesBelow } from '../support/files.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
let datanode: DataNode;
beforeEach(async () => {
  datanode = await bench.start('');
});

/** A clock on which every write seems to take long, so that the volume counts as slow after the first write. */
let stepsMs = 0;
const slowClock: Clock = { now: systemClock.now, monotonicMs: () => systemClock.monotonicMs() + 10 * ++stepsMs };

test.each([
  ['fast', systemClock],
  ['slow', slowClock],
])('packets reach the files of a %s volume in order, whatever writes them', async (_pace, clock) => {
  const node = await bench.start('other', {}, clock);
  const data = someBytes(5_000_001);
  await writeWhole(infoOf(node), data);
  const read = await readBlock(infoOf(node), extendedBlock(), 0, data.length);
  expect(read.data.equals(data)).toBe(true);
  expect(read.checksums.equals(CRC32C.compute(data))).toBe(true);
});

// Otherwise the NameNode takes the older replica for one that is there, and chooses the DataNode for no copy, until the
// next full report.
test('a copy that replaces an older generation and then fails: the NameNode hears that the older one is gone', async () => {
  const older = await TestWriter.open(infoOf(datanode));
  await older.setUp();
  await until(() => bench.namenode.told.some((b) => b.status === BlockStatus.RECEIVING));
  const tooLarge = extendedBlock(BLOCK_ID, 1002, 2 ** 52);
  const copy = await TestWriter.open(infoOf(datanode), { block: tooLarge, clientName: '' });
  // A DataNode that copies gets no answer.
  await expect(copy.setUp()).rejects.toThrow('closed the connection');
  await until(() => bench.namenode.told.some((b) => b.status === BlockStatus.DELETED));
  expect(bench.namenode.told.at(-1)).toMatchObject({ block: { blockId: BLOCK_ID, genStamp: 1001 } });
  for (const writer of [older, copy]) writer.close();
});

describe('a block that one client writes to one DataNode', () => {
  test('is acked packet by packet, and the NameNode is told of it', async () => {
    const data = someBytes(200_000);
    const acks = await writeWhole(infoOf(datanode), data);
    expect(acks.map((a) => a.seqno)).toEqual([0, 1, 2, 3, 4]);
    for (const ack of acks) expect(ack.reply).toEqual([Status.SUCCESS]);
    await until(() => bench.namenode.told.some((b) => b.status === BlockStatus.RECEIVED));
    expect(bench.namenode.told.at(-1)?.block).toEqual({ blockId: BLOCK_ID, genStamp: 1001, numBytes: data.length });
  });

  test('lies on disk as Hadoop lays it: data, and header and CRCs beside it', async () => {
    const data = someBytes(200_000);
    await writeWhole(infoOf(datanode), data);
    const files = await filesBelow(bench.path());
    const finalized = path.join('current', POOL, 'current', 'finalized', 'subdir0', 'subdir0');
    expect(files.get(path.join(finalized, `blk_${BLOCK_ID}`))?.equals(data)).toBe(true);
    const header = Buffer.from([0, 1, 2, 0, 0, 2, 0]);
    expect(files.get(path.join(finalized, `blk_${BLOCK_ID}_1001.meta`))).toEqual(
      Buffer.concat([header, CRC32C.compute(data)]),
    );
    expect(files.get(path.join('current', 'VERSION'))?.toString()).toMatch(
      /storageType=DATA_NODE\ncTime=0\nclusterID=CID-1\nlayoutVersion=-57\n/,
    );
    expect(files.get(path.join('current', POOL, 'current', 'VERSION'))?.toString()).toContain(
      `namespaceID=7\nblockpoolID=${POOL}\ncTime=2\nlayoutVersion=-57\n`,
    );
    expect([...files.keys()].filter((name) => name.includes('rbw'))).toEqual([]);
  });

  test('is read back with its checksums, in packets that end with an empty one', async () => {
    const data = someBytes(1_300_000);
    await writeWhole(infoOf(datanode), data);
    const read = await readBlock(infoOf(datanode), extendedBlock(), 0, data.length);
    expect(read.response.readOpChecksumInfo).toEqual({ checksum: CRC32C.toProto(), chunkOffset: 0 });
    expect(read.data.equals(data)).toBe(true);
    expect(read.checksums.equals(CRC32C.compute(data))).toBe(true);
    expect(read.packets.at(-1)).toMatchObject({ lastPacketInBlock: true, offsetInBlock: data.length });
    expect(read.packets.map((p) => p.seqno)).toEqual(read.packets.map((_, i) => i));
  });
});

test('a heartbeat packet is acked and leaves no trace', async () => {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await writer.heartbeat();
  expect(await writer.ack()).toMatchObject({ seqno: -1, reply: [Status.SUCCESS] });
  writer.close();
});
