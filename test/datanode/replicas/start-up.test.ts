// A start turns the files that a crash has left into replicas (Hadoop: BlockPoolSlice.addToReplicasMap).
import fs from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { vouchedLength } from '../../../datanode/replicas/chunk-prefix.ts';
import { replicaToKeep } from '../../../datanode/replicas/duplicate-replica.ts';
import type { Replica } from '../../../datanode/replicas/replica-state.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY, RBW_DIRECTORY } from '../support/files.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const BLOCK = `blk_${BLOCK_ID}`;
const META = `${BLOCK}_1001.meta`;
const rbw = (name: string) => bench.pool('a', ...RBW_DIRECTORY, name);
const finalized = (name: string, volume = 'a') => bench.pool(volume, ...FINALIZED_DIRECTORY, name);

async function leaveUnfinished(datanode: DataNode, data: Buffer): Promise<void> {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await writer.send(0, data);
  await writer.ack();
  await datanode.stop();
  writer.close();
}

/** Starts a DataNode on the files that are there. Returns the replicas that it reports. */
async function reportedAtStart(volumes: string | string[] = 'a') {
  const before = bench.namenode.blockReports.length;
  const datanode = await bench.start(volumes);
  await until(() => bench.namenode.blockReports.length > before);
  return { datanode, reported: bench.namenode.reported() };
}

describe('chunk-prefix: what checksums vouch for', () => {
  const bytesPerChecksum = 16;
  const spec = { type: 'CRC32C', bytesPerChecksum } as const;
  const checksumsOf = (data: Uint8Array) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < data.length; at += bytesPerChecksum) {
      parts.push(CRC32C.compute(data.subarray(at, at + bytesPerChecksum)));
    }
    return Buffer.concat(parts);
  };
  const bytes = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max });

  test('data whose checksums are of an earlier, shorter state of it: that state', () => {
    fc.assert(
      fc.property(bytes(100), bytes(100), (acked, more) => {
        const data = Buffer.concat([acked, more]);
        expect(vouchedLength(spec, data, checksumsOf(acked))).toBeGreaterThanOrEqual(acked.length);
        // Only a longer prefix that has the same 32-bit checksum by chance would give another length.
        expect(vouchedLength(spec, data, checksumsOf(acked))).toBe(acked.length);
      }),
    );
  });

  test('data cut anywhere: at least its whole chunks', () => {
    fc.assert(
      fc.property(bytes(100), fc.nat(100), (data, cut) => {
        const left = data.subarray(0, Math.min(cut, data.length));
        const whole = left.length === data.length ? left.length : left.length - (left.length % bytesPerChecksum);
        expect(vouchedLength(spec, left, checksumsOf(data))).toBe(whole);
      }),
    );
  });

  test('a wrong byte: what is before its chunk', () => {
    const data = someBytes(100);
    const checksums = checksumsOf(data);
    data[40] = (data[40] ?? 0) ^ 1;
    expect(vouchedLength(spec, data, checksums)).toBe(32);
  });
});

describe('a replica that was being written', () => {
  test('keeps the longest beginning whose checksums are right', async () => {
    await leaveUnfinished(await bench.start(), someBytes(3000));
    const file = await fs.open(rbw(BLOCK), 'r+');
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 1500);
    await file.close();
    const { reported } = await reportedAtStart();
    expect(reported).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: 1024, generationStamp: 1001, state: 'RWR' }]);
    expect((await fs.stat(rbw(BLOCK))).size).toBe(1024);
    expect((await fs.stat(rbw(META))).size).toBe(7 + 2 * 4);
  });

  test.each([
    ['its data', BLOCK, 2800, 2560],
    ['its checksums', META, 7 + 3 * 4 + 2, 1536],
  ])('is cut where the end of %s is torn off', async (_what, name, bytes, left) => {
    await leaveUnfinished(await bench.start(), someBytes(3000));
    await fs.truncate(rbw(name), bytes);
    const { reported } = await reportedAtStart();
    expect(reported).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: left, generationStamp: 1001, state: 'RWR' }]);
    expect((await fs.stat(rbw(META))).size).toBe(7 + Math.ceil(left / 512) * 4);
  });

  test('whose data is gone is none, and its meta file goes', async () => {
    await leaveUnfinished(await bench.start(), someBytes(3000));
    await fs.rm(rbw(BLOCK));
    expect((await reportedAtStart()).reported).toEqual([]);
    await expect(fs.stat(rbw(META))).rejects.toThrow('ENOENT');
  });
});

describe('a crash between the two renames of a replica that moves', () => {
  test('to finalized/: nothing of it is lost', async () => {
    await leaveUnfinished(await bench.start(), someBytes(3000));
    await fs.mkdir(bench.pool('a', ...FINALIZED_DIRECTORY), { recursive: true });
    await fs.rename(rbw(META), finalized(META));
    const { reported } = await reportedAtStart();
    expect(reported).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: 3000, generationStamp: 1001, state: 'RWR' }]);
    expect(await fs.readdir(bench.pool('a', ...RBW_DIRECTORY))).toHaveLength(2);
  });

  test('to rbw/, for an append', async () => {
    const first = await bench.start();
    await writeWhole(infoOf(first), someBytes(3000));
    await first.stop();
    await fs.rename(finalized(META), rbw(`${BLOCK}_1002.meta`));
    const { reported } = await reportedAtStart();
    expect(reported).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: 3000, generationStamp: 1002, state: 'RWR' }]);
  });
});

describe('a block that is there twice', () => {
  const replica = (kind: 'FINALIZED' | 'RWR', generationStamp: number, bytesOnDisk: number): { state: Replica } => ({
    state: { kind, blockId: 1, generationStamp, bytesOnDisk },
  });

  test('Hadoop’s selectReplicaToDelete: the newer stays, then the longer, then the finalized', () => {
    const base = replica('FINALIZED', 5, 100);
    for (const worse of [replica('FINALIZED', 4, 900), replica('FINALIZED', 5, 99), replica('RWR', 5, 100)]) {
      expect(replicaToKeep(base, worse)).toBe(base);
      expect(replicaToKeep(worse, base)).toBe(base);
    }
    expect(replicaToKeep(base, replica('FINALIZED', 5, 100))).toBe(base);
  });

  test('on two volumes: one is kept and served, the other’s files are deleted', async () => {
    const [first, second] = [await bench.start('a'), await bench.start('b')];
    const data = someBytes(3000);
    await writeWhole(infoOf(first), someBytes(2000, 7));
    await writeWhole(infoOf(second), data);
    await Promise.all([first.stop(), second.stop()]);
    // With the first DataNode's uuid, the second volume belongs to the first DataNode.
    const version = (volume: string) => bench.path(volume, 'current', 'VERSION');
    const uuid = /datanodeUuid=(.*)/.exec(await fs.readFile(version('a'), 'utf8'))?.[0] ?? '';
    await fs.writeFile(version('b'), (await fs.readFile(version('b'), 'utf8')).replace(/datanodeUuid=.*/, uuid));
    const { datanode, reported } = await reportedAtStart(['a', 'b']);
    expect(reported).toEqual([{ blockId: BLOCK_ID, bytesOnDisk: 3000, generationStamp: 1001, state: 'FINALIZED' }]);
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 3000)).data.equals(data)).toBe(true);
    await expect(fs.stat(finalized(BLOCK))).rejects.toThrow('ENOENT');
    await expect(fs.stat(finalized(META))).rejects.toThrow('ENOENT');
  });
});
