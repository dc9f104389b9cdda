// A replica with one damaged byte is found and reported by every operation that uses its files.
import fs from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { DataNode } from '../../datanode/datanode.ts';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockCommandProto_Action as Action,
  BlockOpResponseProto,
  DatanodeCommandProto_Type as CommandType,
  OpBlockChecksumProto,
  OpCopyBlockProto,
  OpTransferBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import type { MessageType } from '../../protocol/message.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { until } from '../support/until.ts';
import { useTestBench } from './support/bench.ts';
import { BLOCK_ID, extendedBlock, POOL, someBytes } from './support/blocks.ts';
import { infoOf } from './support/datanodes.ts';
import { FINALIZED_DIRECTORY } from './support/files.ts';
import { readBlock } from './support/reader.ts';
import { TestWriter, writeWhole } from './support/writer.ts';

const bench = useTestBench();
const DATA = someBytes(9000);
const file = (name: string) => bench.pool('a', ...FINALIZED_DIRECTORY, name);
const data = () => file(`blk_${BLOCK_ID}`);
const meta = () => file(`blk_${BLOCK_ID}_1001.meta`);

async function damageByte(name: string, at: number, mask = 0x40): Promise<void> {
  const bytes = await fs.readFile(name);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await fs.writeFile(name, bytes);
}

/** Damage that the header or the length of the meta file shows by itself (Hadoop: BlockMetadataHeader). */
const META_DAMAGE: [string, () => Promise<void>][] = [
  ['the first byte of the version', () => damageByte(meta(), 0)],
  ['the second byte of the version', () => damageByte(meta(), 1)],
  ['the type of the checksums, to an unknown one', () => damageByte(meta(), 2)],
  ['the type of the checksums, to none', () => damageByte(meta(), 2, 2)],
  ['the sign of bytesPerChecksum', () => damageByte(meta(), 3, 0x80)],
  ['bytesPerChecksum, to a smaller one', () => damageByte(meta(), 5, 3)],
  ['a header that is cut', () => fs.truncate(meta(), 3)],
  ['checksums that are cut', () => fs.truncate(meta(), 60)],
  ['an empty meta file', () => fs.truncate(meta(), 0)],
  ['a meta file that is gone', () => fs.rm(meta())],
];
/** Damage that shows only when bytes are compared with their checksums. */
const CHECKSUM_DAMAGE: [string, () => Promise<void>][] = [
  ['the type of the checksums, to another one', () => damageByte(meta(), 2, 3)],
  ['bytesPerChecksum, its first byte', () => damageByte(meta(), 3, 1)],
  ['bytesPerChecksum, its second byte', () => damageByte(meta(), 4, 1)],
  ['bytesPerChecksum, its third byte', () => damageByte(meta(), 5, 4)],
  ['bytesPerChecksum, its last byte', () => damageByte(meta(), 6, 1)],
  ['the first checksum', () => damageByte(meta(), 7)],
  ['the first byte of the data', () => damageByte(data(), 0)],
];
const LATE_DAMAGE: [string, () => Promise<void>][] = [
  ['the last checksum', () => damageByte(meta(), 7 + 4 * 17 + 3)],
  ['the last byte of the data', () => damageByte(data(), 8999)],
  ['a byte in the middle of the data', () => damageByte(data(), 4500, 1)],
];

async function damagedReplica(damage: () => Promise<void>, more: Record<string, string> = {}): Promise<DataNode> {
  const datanode = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1', ...more });
  await writeWhole(infoOf(datanode), DATA);
  await damage();
  return datanode;
}

const connect = async (datanode: DataNode): Promise<DataConnection> => {
  const { host, port } = datanode.xferAddress;
  const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
  bench.atEnd(async () => connection.destroy());
  return connection;
};

/** Asks a DataNode for an operation on the block. Returns the status of its answer. */
async function statusOf<T>(datanode: DataNode, op: number, type: MessageType<T>, request: T): Promise<Status> {
  const connection = await connect(datanode);
  await connection.sendOp(op, type, request);
  return (await connection.receiveMessage(BlockOpResponseProto)).status;
}

/** Has a DataNode copy the block to another one, as a client does for a pipeline. */
const transfer = (datanode: DataNode, target: DataNode): Promise<Status> =>
  statusOf(datanode, Op.TRANSFER_BLOCK, OpTransferBlockProto, {
    header: { baseHeader: { block: extendedBlock() }, clientName: 'client' },
    targets: [infoOf(target)],
    targetStorageTypes: [StorageTypeProto.DISK],
    targetStorageIds: [''],
  });

async function expectReported(): Promise<void> {
  await until(() => bench.namenode.badBlocks.length > 0);
  expect(bench.namenode.badBlocks[0]).toEqual(extendedBlock(BLOCK_ID, 1001, DATA.length));
}

describe('a damaged meta file', () => {
  test.each(META_DAMAGE)('%s: a reader is refused with the class of Hadoop, and it is reported', async (_, damage) => {
    const datanode = await damagedReplica(damage);
    const { response } = await readBlock(infoOf(datanode), extendedBlock(), 1000, 10);
    expect(response.status).toBe(Status.ERROR);
    expect(response.message).toContain('org.apache.hadoop.hdfs.server.datanode.CorruptMetaHeaderException: ');
    await expectReported();
    // hdfs dfs -get -ignoreCrc still gets the bytes.
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, DATA.length, false)).data.equals(DATA)).toBe(true);
  });

  test.each(META_DAMAGE)('%s: COPY_BLOCK reports it', async (_, damage) => {
    const datanode = await damagedReplica(damage);
    const request = { header: { block: extendedBlock() } };
    expect(await statusOf(datanode, Op.COPY_BLOCK, OpCopyBlockProto, request)).toBe(Status.ERROR);
    await expectReported();
  });

  test.each(META_DAMAGE)('%s: a copy that the NameNode ordered reports it', async (_, damage) => {
    const datanode = await damagedReplica(damage);
    const target = await bench.start('b');
    const blkCmd = {
      action: Action.TRANSFER,
      blockPoolId: POOL,
      blocks: [{ blockId: BLOCK_ID, genStamp: 1001 }],
      targets: [{ datanodes: [infoOf(target)] }],
      targetStorageUuids: [{ storageUuids: [''] }],
      targetStorageTypes: [{ storageTypes: [StorageTypeProto.DISK] }],
    };
    bench.namenode.commands.push({
      uuid: datanode.datanodeUuid,
      command: { cmdType: CommandType.BlockCommand, blkCmd },
    });
    await expectReported();
  });

  test.each(META_DAMAGE)('%s: a copy for a pipeline reports it', async (_, damage) => {
    const datanode = await damagedReplica(damage);
    const target = await bench.start('b');
    expect(await transfer(datanode, target)).toBe(Status.ERROR);
    await expectReported();
  });

  test('is reported again until the NameNode has heard of it', async () => {
    const datanode = await damagedReplica(() => damageByte(meta(), 0));
    await bench.namenode.stop();
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 10)).response.status).toBe(Status.ERROR);
    await bench.namenode.start();
    await expectReported();
    expect(bench.namenode.badBlocks).toHaveLength(1);
  });
});

describe('damage that still makes sense', () => {
  test.each([...CHECKSUM_DAMAGE, ...LATE_DAMAGE])('%s: a reader sees it by the checksums', async (_, damage) => {
    await (await damagedReplica(damage)).stop();
    // A DataNode that knows the header from before refuses another one, as the next test shows.
    await fs.rm(bench.pool('a', 'meta-headers'));
    const datanode = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1' });
    const read = await readBlock(infoOf(datanode), extendedBlock(), 0, DATA.length);
    const sum = read.response.readOpChecksumInfo?.checksum;
    if (!sum) throw new Error(`refused: ${read.response.message}`);
    expect(() => DataChecksum.fromProto(sum).verify(read.data, read.checksums, 0, 'block')).toThrow('Checksum error');
  });

  test('a header that is not the one on record is refused to a reader, and it is reported', async () => {
    await (await damagedReplica(() => damageByte(meta(), 2, 3))).stop();
    const datanode = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1' });
    const { response } = await readBlock(infoOf(datanode), extendedBlock(), 0, DATA.length);
    expect(response.message).toMatch(
      /CorruptMetaHeaderException: The header of .* and has told of CRC32C of 512 bytes/,
    );
    await expectReported();
  });

  test.each(CHECKSUM_DAMAGE)('%s: a copy is refused, and its source is reported by the target', async (_, damage) => {
    const datanode = await damagedReplica(damage);
    const target = await bench.start('b');
    expect(await transfer(datanode, target)).toBe(Status.ERROR);
    await until(() => bench.namenode.badBlocks.length > 0);
    expect(bench.namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID });
  });
});

test('a DataNode takes any chunk size that another one has written', async () => {
  const checksum = new DataChecksum('CRC32', 1000);
  const datanode = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1' });
  await writeWhole(infoOf(datanode), DATA.subarray(0, 300), { checksum });
  await datanode.stop();
  const again = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1' });
  const read = await readBlock(infoOf(again), extendedBlock(), 0, 300);
  expect(read.response.readOpChecksumInfo?.checksum.bytesPerChecksum).toBe(1000);
  expect(bench.namenode.badBlocks).toEqual([]);
});

describe.each(LATE_DAMAGE)('BLOCK_CHECKSUM: %s', (_what, damage) => {
  test('is found by the data, which is compared first', async () => {
    const datanode = await damagedReplica(damage);
    const request = { header: { block: extendedBlock() } };
    expect(await statusOf(datanode, Op.BLOCK_CHECKSUM, OpBlockChecksumProto, request)).toBe(Status.ERROR);
    await expectReported();
  });
});

describe.each([...META_DAMAGE, ...CHECKSUM_DAMAGE])('BLOCK_CHECKSUM and append: %s', (_what, damage) => {
  test('BLOCK_CHECKSUM gives no wrong answer and reports it', async () => {
    const datanode = await damagedReplica(damage);
    const request = { header: { block: extendedBlock() } };
    expect(await statusOf(datanode, Op.BLOCK_CHECKSUM, OpBlockChecksumProto, request)).toBe(Status.ERROR);
    await expectReported();
  });

  test('an append is refused, and it is reported', async () => {
    const datanode = await damagedReplica(damage);
    const writer = await TestWriter.open(infoOf(datanode), {
      stage: Stage.PIPELINE_SETUP_APPEND,
      latestGenerationStamp: 1002,
      minBytesRcvd: DATA.length,
      maxBytesRcvd: DATA.length,
    });
    expect((await writer.setUp()).status).toBe(Status.ERROR);
    writer.close();
    await expectReported();
  });
});

describe('the block scanner', () => {
  const later: Clock = { ...systemClock, now: () => systemClock.now() + 505 * 3_600_000 };

  test.each([...META_DAMAGE, ...CHECKSUM_DAMAGE, ...LATE_DAMAGE])('finds within its period: %s', async (_, damage) => {
    const first = await damagedReplica(damage);
    await first.stop();
    expect(bench.namenode.badBlocks).toEqual([]);
    await bench.start('a', { 'dfs.block.scanner.volume.bytes.per.second': '1g' }, later);
    await until(() => bench.namenode.badBlocks.length > 0);
    expect(bench.namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID, numBytes: DATA.length });
  });
});
