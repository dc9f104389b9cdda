// The block scanner and the directory scanner (Hadoop: VolumeScanner, DirectoryScanner).
import nodeFs from 'node:fs';
import fs from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { formatCursor, loadCursor, parseCursor, placeOf } from '../../../datanode/scanners/scan-cursor.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  OpReadBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
} from '../../../protocol/gen/messages.ts';
import { type Logger, silentLogger } from '../../../runtime/log.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY } from '../support/files.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const DATA = someBytes(300_000);
const BLOCK = `blk_${BLOCK_ID}`;
const META = `${BLOCK}_1001.meta`;
const file = (name: string) => bench.pool('a', ...FINALIZED_DIRECTORY, name);
const cursor = async () => parseCursor(await fs.readFile(bench.pool('a', 'scanner.cursor'), 'utf8'));

async function flipByte(name: string, position: number): Promise<void> {
  const handle = await fs.open(name, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, position);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, position);
  await handle.close();
}

/** A clock three weeks and an hour after the blocks were written: a round of the block scanner is due. */
const later: Clock = { ...systemClock, now: () => systemClock.now() + 505 * 3_600_000 };
const evenLater: Clock = { ...systemClock, now: () => later.now() + 505 * 3_600_000 };
const FAST = { 'dfs.block.scanner.volume.bytes.per.second': '1g' };

describe('the block scanner', () => {
  test('reads every block once in dfs.datanode.scan.period.hours, and reports the bad ones', async () => {
    const first = await bench.start('a', FAST);
    for (let i = 0; i < 3; i++) await writeWhole(infoOf(first), DATA, { block: extendedBlock(BLOCK_ID + i) });
    await first.stop();
    await flipByte(file(`blk_${BLOCK_ID + 1}`), 150_000);
    await bench.start('a', FAST, later);
    await until(() => bench.namenode.badBlocks.length > 0);
    await until(
      async () => ((await cursor())?.iterStartMs ?? 0) > systemClock.now() && (await cursor())?.atEnd === true,
    );
    expect(bench.namenode.badBlocks).toEqual([extendedBlock(BLOCK_ID + 1, 1001, DATA.length)]);
  });

  test.each([
    ['data that ends early', async () => fs.truncate(file(BLOCK), 200_000)],
    ['checksums that end early', async () => fs.truncate(file(META), 100)],
    ['a wrong checksum', async () => flipByte(file(META), 50)],
    ['a meta file that is gone', async () => fs.rm(file(META))],
  ])('finds %s', async (_what, harm) => {
    const first = await bench.start('a', FAST);
    await writeWhole(infoOf(first), DATA);
    await first.stop();
    const second = await bench.start('a', FAST, later);
    await until(
      async () => ((await cursor())?.iterStartMs ?? 0) > systemClock.now() && (await cursor())?.atEnd === true,
    );
    expect(bench.namenode.badBlocks).toEqual([]);
    await second.stop();
    await harm();
    await bench.start('a', FAST, evenLater);
    await until(() => bench.namenode.badBlocks.length > 0);
    expect(bench.namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID });
  });

  test('looks at a block that a reader had trouble with at once, though no round is due', async () => {
    const datanode = await bench.start('a', FAST);
    await writeWhole(infoOf(datanode), DATA);
    await fs.truncate(file(BLOCK), 100_000);
    await expectLost(readBlock(infoOf(datanode), extendedBlock(), 0, DATA.length));
    await until(() => bench.namenode.badBlocks.length > 0);
  });

  // Hadoop: VolumeScanner.ScanResultHandler ignores Java's FileNotFoundException (Too many open files).
  test('says nothing of a block when it is the process that has no descriptors left', async () => {
    const first = await bench.start('a', FAST);
    await writeWhole(infoOf(first), DATA);
    await first.stop();
    const { open } = nodeFs;
    const refused: unknown[] = [];
    const full = (path: unknown, ...rest: unknown[]): void => {
      if (path !== file(BLOCK)) {
        Reflect.apply(open, nodeFs, [path, ...rest]);
        return;
      }
      refused.push(path);
      const done = rest.at(-1) as (e: Error) => void;
      done(Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE', syscall: 'open' }));
    };
    const spy = vi.spyOn(nodeFs, 'open').mockImplementation(full as typeof open);
    try {
      const second = await bench.start('a', FAST, later);
      await until(
        async () => ((await cursor())?.iterStartMs ?? 0) > systemClock.now() && (await cursor())?.atEnd === true,
      );
      await second.stop();
    } finally {
      spy.mockRestore();
    }
    expect(refused).toHaveLength(1);
    expect(bench.namenode.badBlocks).toEqual([]);
  });

  // Hadoop: BlockSender.sendPacket does not suspect the disk after a SocketTimeoutException.
  test('is not set on a block whose reader is too slow', async () => {
    const datanode = await bench.start('a', { ...FAST, 'dfs.datanode.socket.write.timeout': '50' });
    const large = someBytes(24 * 1024 * 1024);
    await writeWhole(infoOf(datanode), large);
    await flipByte(file(BLOCK), 0);
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    const header = { baseHeader: { block: extendedBlock() }, clientName: 'client' };
    await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset: 0, len: large.length });
    await until(() => bench.namenode.heartbeats.at(-1)?.xceiverCount === 1);
    await until(() => bench.namenode.heartbeats.at(-1)?.xceiverCount === 0);
    connection.destroy();
    // The scanner reads suspects in order: if the first block were one, it would be reported first.
    const other = extendedBlock(BLOCK_ID + 1, 1001, DATA.length);
    await writeWhole(infoOf(datanode), DATA, { block: other });
    await fs.truncate(file(`blk_${BLOCK_ID + 1}`), 100_000);
    await expectLost(readBlock(infoOf(datanode), other, 0, DATA.length));
    await until(() => bench.namenode.badBlocks.length > 0);
    expect(bench.namenode.badBlocks.map((b) => b.blockId)).toEqual([BLOCK_ID + 1]);
  });

  test('tells of a block that has vanished', async () => {
    const first = await bench.start('a', FAST);
    await writeWhole(infoOf(first), DATA);
    await first.stop();
    const second = await bench.start('a', { ...FAST, 'dfs.block.scanner.volume.bytes.per.second': '0' }, later);
    await until(() => bench.namenode.reported().length === 1);
    await fs.rm(file(BLOCK));
    expect(await readBlock(infoOf(second), extendedBlock(), 0, 1)).toMatchObject({
      response: { status: Status.ERROR },
    });
    await until(() => bench.namenode.told.some((b) => b.status === BlockStatus.DELETED));
    expect(bench.namenode.badBlocks).toEqual([]);
  });

  test('says nothing of a block that is appended to while it is read', async () => {
    const first = await bench.start('a', FAST);
    await writeWhole(infoOf(first), DATA);
    await first.stop();
    // The scan is so slow that the append comes in the middle of it.
    const slow = { 'dfs.block.scanner.volume.bytes.per.second': '100k' };
    const datanode = await bench.start('a', slow, later);
    await until(() => bench.namenode.reported().length === 1);
    const writer = await TestWriter.open(infoOf(datanode), {
      stage: Stage.PIPELINE_SETUP_APPEND,
      latestGenerationStamp: 1002,
      minBytesRcvd: DATA.length,
    });
    await writer.setUp();
    const fill = 512 - (DATA.length % 512);
    await writer.send(DATA.length, someBytes(fill));
    await writer.last(DATA.length + fill);
    await writer.ack();
    await writer.ack();
    writer.close();
    await datanode.stop();
    expect(bench.namenode.badBlocks).toEqual([]);
  });

  test('its cursor is Hadoop’s scanner.cursor, and goes on where it was', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), (blockId, iterStartMs, atEnd) => {
        const at = { iterStartMs, place: placeOf(blockId), atEnd };
        expect(parseCursor(formatCursor(at, 5))).toEqual(at);
      }),
    );
    expect(JSON.parse(formatCursor({ iterStartMs: 7, place: placeOf(BLOCK_ID), atEnd: false }, 9))).toEqual({
      lastSavedMs: 9,
      iterStartMs: 7,
      curFinalizedDir: 'subdir0',
      curFinalizedSubDir: 'subdir0',
      curEntry: BLOCK,
      atEnd: false,
    });
    expect(parseCursor('{"iterStartMs":3,"curFinalizedDir":null,"atEnd":true}')).toEqual({
      iterStartMs: 3,
      place: '',
      atEnd: true,
    });
    for (const nonsense of ['', 'null', '{', '{"atEnd":true}']) expect(parseCursor(nonsense)).toBeUndefined();
  });

  test('a damaged cursor is told of, one that was never saved is not, and a failing disk is a failure', async () => {
    const warn = vi.fn();
    const load = () => loadCursor(bench.path('scanner.cursor'), { ...silentLogger, warn } as unknown as Logger);
    expect(await load()).toBeUndefined();
    expect(warn).not.toHaveBeenCalled();
    await fs.writeFile(bench.path('scanner.cursor'), '{');
    expect(await load()).toBeUndefined();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { file: bench.path('scanner.cursor') },
      'the cursor of the block scanner is damaged; the scanner begins a new round',
    );
    await fs.rm(bench.path('scanner.cursor'));
    await fs.mkdir(bench.path('scanner.cursor'));
    await expect(load()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('the directory scanner (dfs.datanode.directoryscan.interval)', () => {
  const OFTEN = { 'dfs.datanode.directoryscan.interval': '20ms' };
  const told = (status: BlockStatus, blockId = BLOCK_ID) =>
    bench.namenode.told.some((b) => b.status === status && b.block.blockId === blockId);

  test('a block file that is missing: the replica is forgotten', async () => {
    const datanode = await bench.start('a', OFTEN);
    await writeWhole(infoOf(datanode), DATA);
    await fs.rm(file(BLOCK));
    await until(() => told(BlockStatus.DELETED));
    await expect(fs.stat(file(META))).rejects.toThrow('ENOENT');
    await writeWhole(infoOf(datanode), DATA);
  });

  test.each([
    ['a meta file that is missing', () => fs.rm(file(META))],
    ['a wrong length', () => fs.truncate(file(BLOCK), 1000)],
  ])('%s: the block is bad', async (_what, harm) => {
    const datanode = await bench.start('a', OFTEN);
    await writeWhole(infoOf(datanode), DATA);
    await harm();
    await until(() => bench.namenode.badBlocks.length > 0);
    expect(bench.namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID, generationStamp: 1001 });
  });

  test('files of a block that is not known: it is taken in and served', async () => {
    const datanode = await bench.start('a', OFTEN);
    await writeWhole(infoOf(datanode), DATA);
    const id = BLOCK_ID + 5;
    await fs.copyFile(file(META), file(`blk_${id}_1001.meta`));
    await fs.copyFile(file(BLOCK), bench.path('whole'));
    await fs.rename(bench.path('whole'), file(`blk_${id}`));
    await until(() => told(BlockStatus.RECEIVED, id));
    const read = await readBlock(infoOf(datanode), extendedBlock(id), 0, DATA.length);
    expect(read.data.equals(DATA)).toBe(true);
  });

  test('a meta file that was left alone is deleted, a stranger’s file is not', async () => {
    const datanode = await bench.start('a', OFTEN);
    await writeWhole(infoOf(datanode), DATA);
    await fs.writeFile(file('blk_77_1001.meta'), 'x');
    await fs.writeFile(file('notes.txt'), 'x');
    await until(async () => !(await fs.readdir(bench.pool('a', ...FINALIZED_DIRECTORY))).includes('blk_77_1001.meta'));
    expect(await fs.readFile(file('notes.txt'), 'utf8')).toBe('x');
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 10)).response.status).toBe(Status.SUCCESS);
  });

  test('finds nothing wrong with blocks that come and change', async () => {
    const datanode = await bench.start('a', { 'dfs.datanode.directoryscan.interval': '1ms' });
    for (let i = 0; i < 20; i++) {
      const block = extendedBlock(BLOCK_ID + i);
      await writeWhole(infoOf(datanode), DATA, { block });
      const reopened = { block, stage: Stage.PIPELINE_SETUP_APPEND, latestGenerationStamp: 1002 };
      const writer = await TestWriter.open(infoOf(datanode), { ...reopened, minBytesRcvd: DATA.length });
      await writer.setUp();
      await writer.send(DATA.length, someBytes(10));
      await writer.last(DATA.length + 10);
      await writer.ack();
      await writer.ack();
      writer.close();
    }
    expect(bench.namenode.badBlocks).toEqual([]);
    expect(bench.namenode.told.some((b) => b.status === BlockStatus.DELETED)).toBe(false);
  });
});
