// Data transfer connections end when the DataNode stops, and the memory that they hold is bounded.
import { beforeEach, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { useTestBench } from '../support/bench.ts';
import { someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { expectLost } from '../support/lost-connection.ts';
import { TestWriter } from '../support/writer.ts';

const bench = useTestBench();
const { start } = bench;
let datanode: DataNode;
beforeEach(async () => {
  datanode = await start();
});

test('stop ends connections in the middle of anything', async () => {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await writer.send(0, someBytes(10));
  await datanode.stop();
  await expectLost(
    (async () => {
      for (;;) await writer.ack();
    })(),
  );
  writer.close();
});

test('a writer faster than its pipeline is slowed down: what it sends without reading acks is bounded', async () => {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  const data = someBytes(64 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 400; i++) await writer.send(i * data.length, data);
  for (let i = 0; i < 400; i++) await writer.ack();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  writer.close();
});
