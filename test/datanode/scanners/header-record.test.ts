// The record of meta headers: a header that rots while the DataNode is down is found by the block scanner.
import fs from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHeaderRecord, encodeHeaderRecord } from '../../../datanode/replicas/header-record.ts';
import { META_HEADER_BYTES } from '../../../datanode/replicas/meta-header.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY } from '../support/files.ts';
import { writeWhole } from '../support/writer.ts';

const headers = fc.array(
  fc.record({
    blockId: fc.maxSafeInteger(),
    generationStamp: fc.nat(),
    spec: fc.record({
      type: fc.constantFrom('NULL' as const, 'CRC32' as const, 'CRC32C' as const),
      bytesPerChecksum: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    }),
  }),
  { maxLength: 6 },
);

describe('the record', () => {
  test('has what was written', async () => {
    await fc.assert(
      fc.asyncProperty(headers, async (known) => {
        const byId = new Map(known.map((header) => [header.blockId, header]));
        expect(decodeHeaderRecord(await encodeHeaderRecord(known))).toEqual(byId);
      }),
    );
  });

  test('is given up when a byte of it is damaged, or when it was cut short', async () => {
    const spec = { type: 'CRC32C', bytesPerChecksum: 512 } as const;
    const bytes = await encodeHeaderRecord([{ blockId: 7, generationStamp: 1001, spec }]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(decodeHeaderRecord(damaged), `byte ${at}`).toBeUndefined();
      expect(decodeHeaderRecord(bytes.subarray(0, at)), `${at} bytes`).toBeUndefined();
    }
  });
});

const bench = useTestBench();
const MASKS = [0x01, 0x80, 0xff];
const PERIOD_MS = 505 * 3_600_000;
const FAST = { 'dfs.block.scanner.volume.bytes.per.second': '1g' };
/** A block of one chunk: a header that tells of larger chunks does not contradict the data. */
const DATA = someBytes(300);
const META = `blk_${BLOCK_ID}_1001.meta`;

test('each byte of the header of a block of one chunk is found, if it rots while the DataNode is down', async () => {
  let rounds = 0;
  /** Starts the DataNode when its next round of the block scanner is due. */
  const startLater = () => {
    const offsetMs = ++rounds * PERIOD_MS;
    const later: Clock = { ...systemClock, now: () => systemClock.now() + offsetMs };
    return bench.start('a', FAST, later);
  };
  const first = await bench.start('a', FAST);
  await writeWhole(infoOf(first), DATA);
  await first.stop();
  const meta = bench.pool('a', ...FINALIZED_DIRECTORY, META);
  const whole = await fs.readFile(meta);
  for (let at = 0; at < META_HEADER_BYTES; at++) {
    for (const mask of MASKS) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ mask;
      await fs.writeFile(meta, damaged);
      bench.namenode.badBlocks.splice(0);
      const datanode = await startLater();
      await until(() => bench.namenode.badBlocks.length > 0, `a report of byte ${at}, mask ${mask}`);
      expect(bench.namenode.badBlocks[0]).toEqual(extendedBlock(BLOCK_ID, 1001, DATA.length));
      await datanode.stop();
    }
  }
  await fs.writeFile(meta, whole);
  bench.namenode.badBlocks.splice(0);
  const well = await startLater();
  const cursor = bench.pool('a', 'scanner.cursor');
  const isOver = async (): Promise<boolean> => {
    const { iterStartMs, atEnd } = JSON.parse(await fs.readFile(cursor, 'utf8')) as {
      iterStartMs: number;
      atEnd: boolean;
    };
    return atEnd && iterStartMs >= systemClock.now() + (rounds - 1) * PERIOD_MS;
  };
  await until(isOver, 'the end of the round');
  expect(bench.namenode.badBlocks).toEqual([]);
  await well.stop();
});
