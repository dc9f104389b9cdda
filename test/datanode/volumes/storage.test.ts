// A DataNode starts on the directories of an earlier run, and refuses directories that it must not use.
import callbackFs from 'node:fs';
import fs from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import * as InterDatanode from '../../../protocol/gen/inter-datanode.ts';
import { OpWriteBlockProto_BlockConstructionStage as Stage, Status } from '../../../protocol/gen/messages.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, POOL, someBytes } from '../support/blocks.ts';
import { infoOf, startDataNode } from '../support/datanodes.ts';
import type { FakeNameNode } from '../support/fake-namenode.ts';
import { filesBelow } from '../support/files.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
let namenode: FakeNameNode;
beforeEach(() => {
  ({ namenode } = bench);
});

/** Starts a DataNode on volumes below the test's directory; on that directory itself if no names are given. */
const start = async (volumes: string | readonly string[] = '', more: Record<string, string> = {}) => {
  const reports = namenode.blockReports.length;
  const datanode = await bench.start(volumes, more);
  // Waits for the report: if a test stops the DataNode before, the test counts too few reports.
  await until(() => namenode.blockReports.length > reports);
  return datanode;
};
const pool = (...names: string[]) => bench.pool('', ...names);

describe('start on what an earlier run left', () => {
  test('finished blocks are found, reported and readable; the identity stays', async () => {
    const first = await start();
    const data = someBytes(5000);
    await writeWhole(infoOf(first), data);
    await first.stop();
    const second = await start();
    expect(second.datanodeUuid).toBe(first.datanodeUuid);
    expect(namenode.reported()).toEqual([
      { blockId: BLOCK_ID, bytesOnDisk: 5000, generationStamp: 1001, state: 'FINALIZED' },
    ]);
    expect((await readBlock(infoOf(second), extendedBlock(), 0, 5000)).data.equals(data)).toBe(true);
  });

  test('a meta file without a header, as a loss of power leaves it, vouches for nothing', async () => {
    const first = await start();
    const writer = await TestWriter.open(infoOf(first));
    await writer.setUp();
    await writer.send(0, someBytes(1000));
    await writer.ack();
    await first.stop();
    writer.close();
    await fs.writeFile(pool('current', 'rbw', `blk_${BLOCK_ID}_1001.meta`), Buffer.alloc(15));
    await start();
    expect(namenode.reported()).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: 0, generationStamp: 1001, state: 'RWR' }]);
  });

  test('a block that was being written becomes RWR, cut to what its checksums vouch for', async () => {
    const first = await start();
    const data = someBytes(3000);
    const writer = await TestWriter.open(infoOf(first));
    await writer.setUp();
    await writer.send(0, data);
    await writer.ack();
    await first.stop();
    writer.close();
    // A torn write at the end has left bytes that no checksum covers.
    await fs.appendFile(pool('current', 'rbw', `blk_${BLOCK_ID}`), Buffer.alloc(700, 7));
    await start();
    // The last chunk is longer now, but its checksum is still right for the acked bytes.
    expect(namenode.reported()).toEqual([
      { blockId: BLOCK_ID, bytesOnDisk: 3000, generationStamp: 1001, state: 'RWR' },
    ]);
    expect((await fs.stat(pool('current', 'rbw', `blk_${BLOCK_ID}`))).size).toBe(3000);
    expect((await fs.stat(pool('current', 'rbw', `blk_${BLOCK_ID}_1001.meta`))).size).toBe(7 + 6 * 4);
  });

  test('unfinished copies are thrown away', async () => {
    await (await start()).stop();
    await fs.writeFile(pool('tmp', 'blk_5'), 'x');
    await start();
    expect(await fs.readdir(pool('tmp'))).toEqual([]);
  });

  test('a meta file of an older generation beside the newer one does not count', async () => {
    const first = await start();
    await writeWhole(infoOf(first), someBytes(10));
    await first.stop();
    await fs.writeFile(pool('current', 'finalized', 'subdir0', 'subdir0', `blk_${BLOCK_ID}_999.meta`), 'old');
    await start();
    expect(namenode.reported()).toMatchObject([{ generationStamp: 1001 }]);
  });
});

describe('a directory that must not be used is refused with the reason', () => {
  test('one of another cluster', async () => {
    await (await start()).stop();
    namenode.clusterId = 'CID-2';
    await expect(start()).rejects.toThrow(
      `Incompatible clusterIDs in ${bench.path()}: namenode clusterID = CID-2; datanode clusterID = CID-1. ` +
        'The directory holds blocks of another cluster: set dfs.datanode.data.dir to another directory',
    );
    // The failed start has closed all that it opened, so another start on the directory succeeds.
    namenode.clusterId = 'CID-1';
    await start();
  });

  test('one that another DataNode has', async () => {
    await start();
    await expect(start()).rejects.toThrow(
      `Cannot lock storage ${bench.path()}. The directory is already locked by ${process.pid}@`,
    );
  });

  test('the lock file of a killed process does not keep it out', async () => {
    await fs.writeFile(bench.path('in_use.lock'), `999999999@${(await import('node:os')).hostname()}`);
    await start();
  });

  test('one of a newer layout, and one of a NameNode', async () => {
    await fs.mkdir(bench.path('current'));
    const version = bench.path('current', 'VERSION');
    await fs.writeFile(version, 'storageType=DATA_NODE\nlayoutVersion=-99\nclusterID=CID-1\ndatanodeUuid=u\n');
    await expect(start()).rejects.toThrow('Reported: -99. Expecting = -57. It was written by a newer Hadoop.');
    await fs.writeFile(version, 'storageType=NAME_NODE\nlayoutVersion=-66\n');
    await expect(start()).rejects.toThrow('it belongs to a NAME_NODE, not a DATA_NODE');
  });

  test('directories of two DataNodes', async () => {
    await (await start('a')).stop();
    await (await start('b')).stop();
    await expect(start(['a', 'b'])).rejects.toThrow(
      'Each directory of dfs.datanode.data.dir must belong to the same DataNode',
    );
  });

  test('one that can not be made', async () => {
    await fs.writeFile(bench.path('file'), '');
    await expect(start('file/below')).rejects.toThrow('dfs.datanode.data.dir: cannot use');
  });
});

describe('several volumes', () => {
  test('take turns, and each is reported with its own blocks', async () => {
    const volumes = [bench.path('a'), bench.path('b')];
    const datanode = await startDataNode(namenode, [`[DISK]file://${volumes[0]}`, volumes[1] ?? '']);
    bench.atEnd(() => datanode.stop());
    for (let i = 0; i < 4; i++)
      await writeWhole(infoOf(datanode), someBytes(10), { block: extendedBlock(BLOCK_ID + i) });
    for (const volume of volumes) {
      const blocks = [...(await filesBelow(volume)).keys()].filter((name) => /blk_\d+$/.test(name));
      expect(blocks).toHaveLength(2);
    }
    const storages = namenode.heartbeats.at(-1)?.reports.map((r) => r.storageUuid) ?? [];
    expect(new Set(storages).size).toBe(2);
    for (const storage of storages) expect(storage).toMatch(/^DS-[0-9a-f-]{36}$/);
  });

  test('space kept by dfs.datanode.du.reserved is not for blocks: a full DataNode says so to the writer', async () => {
    const datanode = await start('', { 'dfs.datanode.du.reserved': String(2 ** 60) });
    const writer = await TestWriter.open(infoOf(datanode));
    const answer = await writer.setUp();
    writer.close();
    expect(answer.status).toBe(Status.ERROR);
    expect(answer.message).toContain(
      'DiskOutOfSpaceException: Out of space: The volume with the most available space (=0 B)',
    );
    expect(answer.firstBadLink).toBe(`127.0.0.1:${datanode.xferAddress.port}`);
  });

  test('what blocks use is counted, and given back', async () => {
    const datanode = await start();
    const used = () => namenode.heartbeats.at(-1)?.reports[0]?.dfsUsed;
    await writeWhole(infoOf(datanode), someBytes(10_000));
    await until(() => used() === 10_000 + 7 + 80);
    const { INVALIDATE } = (await import('../../../protocol/gen/messages.ts')).BlockCommandProto_Action;
    const blkCmd = {
      action: INVALIDATE,
      blockPoolId: POOL,
      targets: [],
      targetStorageTypes: [],
      targetStorageUuids: [],
    };
    namenode.commands.push({
      uuid: '',
      command: { cmdType: 1, blkCmd: { ...blkCmd, blocks: [{ blockId: BLOCK_ID, genStamp: 1001 }] } },
    });
    await until(() => used() === 0);
  });
});

test('a vanished client leaves its replica as it is, readable and ready for recovery', async () => {
  const datanode = await start();
  const data = someBytes(700);
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await writer.send(0, data);
  await writer.ack();
  writer.close();
  const read = await readBlock(infoOf(datanode), extendedBlock(), 0, 700);
  expect(read.data.equals(data)).toBe(true);
  const options = {
    stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
    latestGenerationStamp: 1002,
    minBytesRcvd: 700,
    maxBytesRcvd: 700,
  };
  const again = await TestWriter.open(infoOf(datanode), options);
  expect((await again.setUp()).status).toBe(Status.SUCCESS);
  await again.last(700);
  await again.ack();
  again.close();
  expect(
    (await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID, 1002), 0, 700)).checksums.equals(CRC32C.compute(data)),
  ).toBe(true);
});

// Hadoop: BlockReceiver.flushOrSync and receivePacket, FsDatasetImpl.finalizeBlock.
describe('hsync', () => {
  /** Watches fsync from now on. Returns a function that counts the syncs of a path. */
  const watchSyncs = () => {
    const inodes: number[] = [];
    const spy = vi.spyOn(callbackFs, 'fsync');
    spy.mockImplementation((fd, done) => {
      inodes.push(callbackFs.fstatSync(fd).ino);
      callbackFs.fdatasync(fd, done);
    });
    bench.atEnd(async () => spy.mockRestore());
    return async (...path: string[]) => {
      const { ino } = await fs.stat(pool('current', ...path));
      return inodes.filter((i) => i === ino).length;
    };
  };

  test('bytes and names are on disk when the first ack comes, the bytes with each', async () => {
    const syncs = watchSyncs();
    const datanode = await start();
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(0, someBytes(1024), { syncBlock: true });
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS]);
    expect((await fs.stat(pool('current', 'rbw', `blk_${BLOCK_ID}`))).size).toBe(1024);
    expect(await syncs('rbw', `blk_${BLOCK_ID}`)).toBe(1);
    expect(await syncs('rbw', `blk_${BLOCK_ID}_1001.meta`)).toBe(1);
    expect(await syncs('rbw')).toBe(1);
    expect(await syncs()).toBe(1);
    await writer.send(1024, someBytes(700), { syncBlock: true });
    await writer.ack();
    expect(await syncs('rbw', `blk_${BLOCK_ID}`)).toBe(2);
    expect(await syncs('rbw')).toBe(1);
    writer.close();
  });

  test.each([
    { how: 'the last packet asks for it', syncBlock: true, syncOnClose: false, expected: 1 },
    { how: 'dfs.datanode.synconclose', syncBlock: false, syncOnClose: true, expected: 1 },
    { how: 'nothing asks for it', syncBlock: false, syncOnClose: false, expected: 0 },
  ])('of a whole block: $how', async ({ syncBlock, syncOnClose, expected }) => {
    const syncs = watchSyncs();
    const datanode = await start('', { 'dfs.datanode.synconclose': String(syncOnClose) });
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(0, someBytes(700));
    await writer.send(700, Buffer.alloc(0), { lastPacketInBlock: true, syncBlock });
    await writer.ack();
    await writer.ack();
    expect(await syncs('finalized', 'subdir0', 'subdir0', `blk_${BLOCK_ID}`)).toBe(expected);
    expect(await syncs('finalized', 'subdir0', 'subdir0')).toBe(expected);
    expect(await syncs('finalized', 'subdir0')).toBe(expected);
    expect((await syncs('rbw')) > 0).toBe(expected > 0);
    writer.close();
  });

  // The NameNode takes the block's length as final (commitBlockSynchronization, completeFile), so the block is synced
  // even if the writer never asked for a sync.
  test.each(['the recovery of a block', 'the repetition of a close'])(
    'of a block that is finished by %s',
    async (how) => {
      const datanode = await start();
      const writer = await TestWriter.open(infoOf(datanode));
      await writer.setUp();
      await writer.send(0, someBytes(700));
      await writer.ack();
      const syncs = watchSyncs();
      if (how === 'the recovery of a block') {
        const peer = new RpcClient({ ...datanode.ipcAddress, protocol: InterDatanode.PROTOCOL, user: currentUser() });
        bench.atEnd(() => peer.close());
        const b = extendedBlock(BLOCK_ID, 1001, 700);
        const lists = { locs: [], isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
        const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
        const block = { b, offset: 0, corrupt: false, blockToken, ...lists };
        await peer.call(InterDatanode.initReplicaRecovery, { block: { block, newGenStamp: 1010 } });
        const request = { block: b, recoveryId: 1010, newLength: 700, newBlockId: BLOCK_ID };
        await peer.call(InterDatanode.updateReplicaUnderRecovery, request);
      } else {
        const options = { stage: Stage.PIPELINE_CLOSE_RECOVERY, latestGenerationStamp: 1010, minBytesRcvd: 700 };
        const again = await TestWriter.open(infoOf(datanode), options);
        expect((await again.setUp()).status).toBe(Status.SUCCESS);
        again.close();
      }
      const finished = ['finalized', 'subdir0', 'subdir0'];
      expect(await syncs(...finished, `blk_${BLOCK_ID}`)).toBe(1);
      expect(await syncs(...finished, `blk_${BLOCK_ID}_1010.meta`)).toBe(1);
      expect(await syncs(...finished)).toBe(1);
      expect(await syncs('rbw')).toBe(1);
      writer.close();
    },
  );
});

test('an empty block is a finished one without checksums', async () => {
  const datanode = await start();
  await writeWhole(infoOf(datanode), Buffer.alloc(0));
  expect((await fs.stat(pool('current', 'finalized', 'subdir0', 'subdir0', `blk_${BLOCK_ID}_1001.meta`))).size).toBe(7);
  expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 0)).response.status).toBe(Status.SUCCESS);
});
