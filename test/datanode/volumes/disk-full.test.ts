// Full disks: the choice of a volume with room, and pipelines that lose the node whose disk is full.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { VolumeList } from '../../../datanode/volumes/volume-list.ts';
import { OpWriteBlockProto_BlockConstructionStage as Stage, Status } from '../../../protocol/gen/messages.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const faults = () => ({ 'calf.fault.injection.enabled': 'true', 'calf.http.secret.file': bench.path('secret') });
const WISH = { storageType: 'DISK', sizeBytes: 1000 } as const;

const openVolumes = async (...names: string[]) => {
  const list = await VolumeList.open({
    locations: names.map((name) => ({ storageType: 'DISK', directory: bench.path(name) })),
    reservedBytes: 0,
    directoryMode: 0o700,
    failedVolumesTolerated: 0,
    clock: systemClock,
    log: silentLogger,
  });
  bench.atEnd(() => list.close());
  return list;
};

describe('the choice of a volume', () => {
  test('one without room is passed over, however often it is its turn', async () => {
    const list = await openVolumes('a', 'b');
    const [a, b] = list.working;
    expect([list.choose(WISH), list.choose(WISH), list.choose(WISH)]).toEqual([a, b, a]);
    a?.noteFull();
    expect([list.choose(WISH), list.choose(WISH)]).toEqual([b, b]);
  });

  test('when none has room, the error is Hadoop’s', async () => {
    const list = await openVolumes('a', 'b');
    for (const volume of list.working) volume.noteFull();
    expect(() => list.choose(WISH)).toThrow(
      'Out of space: The volume with the most available space (=0 B) is less than the block size (=1000 B).',
    );
  });

  test('the storage that the NameNode wishes, while it has room', async () => {
    const list = await openVolumes('a', 'b');
    const [a, b] = list.working;
    if (!a || !b) throw new Error('two volumes');
    [a.storageId, b.storageId] = ['DS-a', 'DS-b'];
    const wish = { ...WISH, storageId: 'DS-b' };
    expect([list.choose(wish), list.choose(wish)]).toEqual([b, b]);
    b.noteFull();
    expect(list.choose(wish)).toBe(a);
  });
});

describe('a node whose disks are full', () => {
  const nodes = async (): Promise<[DataNode, DataNode]> => [await bench.start('a'), await bench.start('b', faults())];

  test('refuses a new block, and names itself for the writer to go on without it', async () => {
    const [first, full] = await nodes();
    if (full.faults) full.faults.isDiskFull = true;
    const writer = await TestWriter.open(infoOf(first), { targets: [infoOf(full)] });
    const answer = await writer.setUp();
    writer.close();
    expect(answer).toMatchObject({ status: Status.ERROR, firstBadLink: `127.0.0.1:${full.xferAddress.port}` });
    expect(answer.message).toContain('org.apache.hadoop.util.DiskChecker$DiskOutOfSpaceException: Out of space');
  });

  test('leaves a pipeline in the middle of a block, and what was acked goes on without it', async () => {
    const [first, full] = await nodes();
    const data = someBytes(200_000);
    const acked = 65_536;
    const writer = await TestWriter.open(infoOf(first), { targets: [infoOf(full)] });
    await writer.setUp();
    await writer.send(0, data.subarray(0, acked));
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.SUCCESS]);
    if (full.faults) full.faults.isDiskFull = true;
    await writer.send(acked, data.subarray(acked));
    expect((await writer.ack()).reply).toEqual([Status.SUCCESS, Status.ERROR]);
    writer.close();
    const again = await TestWriter.open(infoOf(first), {
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp: 1002,
      minBytesRcvd: acked,
      maxBytesRcvd: data.length,
    });
    expect((await again.setUp()).status).toBe(Status.SUCCESS);
    await again.send(acked, data.subarray(acked));
    await again.last(data.length);
    await again.ack();
    await again.ack();
    again.close();
    const read = await readBlock(infoOf(first), extendedBlock(BLOCK_ID, 1002), 0, data.length);
    expect(read.data.equals(data)).toBe(true);
  });

  test('when it has room again, the replica that it left is whole up to what was acked', async () => {
    const [, full] = await nodes();
    const data = someBytes(100_000);
    const acked = 65_000;
    const writer = await TestWriter.open(infoOf(full));
    await writer.setUp();
    await writer.send(0, data.subarray(0, acked));
    await writer.ack();
    if (full.faults) full.faults.isDiskFull = true;
    const start = acked - (acked % 512);
    await writer.send(start, data.subarray(start));
    await expectLost(writer.ack());
    writer.close();
    full.faults?.clear();
    const read = await readBlock(infoOf(full), extendedBlock(), 0, acked);
    expect(read.data.equals(data.subarray(0, acked))).toBe(true);
    expect(read.checksums.equals(CRC32C.compute(data.subarray(0, acked)))).toBe(true);
  });
});

/** The small disks that a test has mounted. Mounting needs root on Linux, and a container may refuse it to root too. */
const mounted: string[] = [];
afterEach(() => {
  for (const directory of mounted.splice(0)) execFileSync('umount', ['-l', directory]);
});
/** Mounts a small disk. Returns false where this process may not mount. @throws Error if mounting fails otherwise */
async function mountTmpfs(name: string, options: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const directory = bench.path(name);
  await fs.mkdir(directory);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], {
    encoding: 'utf8',
  });
  if (status === 0) mounted.push(directory);
  else if (!/must be superuser|permission denied|not permitted/i.test(stderr)) throw new Error(`mount: ${stderr}`);
  return status === 0;
}

describe('a real disk that is full', () => {
  test('on which no file can be made though it seems to have room: the next volume is taken', async (context) => {
    if (!(await mountTmpfs('tiny', 'size=64m'))) return context.skip('mounting a tmpfs needs root on Linux');
    const datanode = await bench.start(['tiny', 'b'], { 'dfs.datanode.scan.period.hours': '-1' });
    // The disk takes one more file: the first file of a replica, but not its second.
    const { files, ffree } = await fs.statfs(bench.path('tiny'));
    execFileSync('mount', ['-o', `remount,nr_inodes=${files - ffree + 1}`, bench.path('tiny')]);
    const data = someBytes(1000);
    for (let i = 0; i < 6; i++) await writeWhole(infoOf(datanode), data, { block: extendedBlock(BLOCK_ID + i) });
    for (let i = 0; i < 6; i++) {
      const read = await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID + i), 0, data.length);
      expect(read.data.equals(data)).toBe(true);
    }
  });

  test('in the middle of a block: the writer’s connection ends, and the acked bytes are there after a restart', async (context) => {
    if (!(await mountTmpfs('small', 'size=4m'))) return context.skip('mounting a tmpfs needs root on Linux');
    const datanode = await bench.start('small');
    const data = someBytes(8 * 1024 * 1024);
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    let acked = 0;
    await expectLost(
      (async () => {
        for (let at = 0; at < data.length; at += 65_536) {
          await writer.send(at, data.subarray(at, at + 65_536));
          await writer.ack();
          acked = at + 65_536;
        }
      })(),
    );
    writer.close();
    expect(acked).toBeGreaterThan(2 * 1024 * 1024);
    const before = await readBlock(infoOf(datanode), extendedBlock(), 0, acked);
    expect(before.data.equals(data.subarray(0, acked))).toBe(true);
    await datanode.stop();
    const reports = bench.namenode.blockReports.length;
    await bench.start('small');
    await until(() => bench.namenode.blockReports.length > reports);
    const [replica] = bench.namenode.reported();
    expect(replica?.state).toBe('RWR');
    expect(replica?.bytesOnDisk).toBeGreaterThanOrEqual(acked);
  });
});
