#!/usr/bin/env node
// A DataNode dies: how long until each of its blocks has its replication again, beside the speed at which clients wrote
// as much, and how long other calls to the NameNode wait meanwhile.
//   npm run build && node test/bench/rereplication.mjs [FILES (default 10000)] [BYTES OF EACH (default 16384)]
import { randomBytes } from 'node:crypto';
import { MiniCluster } from '../../dist/index.js';

const WRITERS = 16;
const DATANODES = 4;
const [files = 10_000, bytes = 16_384] = process.argv.slice(2).map(Number);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const secondsSince = (startMs) => (performance.now() - startMs) / 1000;
const rate = (blocks, seconds) =>
  `${seconds.toFixed(1)} s, ${(blocks / seconds).toFixed(0)} blocks/s, ${((blocks * bytes) / seconds / 1e6).toFixed(1)} MB/s`;

const cluster = await MiniCluster.start({
  datanodes: DATANODES,
  mapreduce: false,
  properties: { 'dfs.heartbeat.interval': '1', 'dfs.namenode.heartbeat.recheck-interval': '500' },
});
const dfs = cluster.fileSystem();
const data = randomBytes(bytes);

async function writeAll(dir, replication) {
  let next = 0;
  const writer = async () => {
    for (let i = next++; i < files; i = next++) {
      const out = await dfs.create(`${dir}/f${i}`, { replication });
      await out.write(data);
      await out.close();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function bean() {
  const { host, port } = cluster.namenode.httpAddress;
  const answer = await fetch(`http://${host}:${port}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem`);
  return (await answer.json()).beans[0];
}

try {
  await writeAll('/data', 3);
  const written = performance.now();
  await writeAll('/alone', 1);
  const writeSeconds = secondsSince(written);
  await dfs.delete('/alone', true);
  await cluster.datanodes[0].stop();
  const limit = performance.now() + 60_000;
  while ((await bean()).UnderReplicatedBlocks === 0 && performance.now() < limit) await pause(20);
  const died = performance.now();
  let lost = 0;
  let slowestMs = 0;
  for (;;) {
    const asked = performance.now();
    await dfs.getFileStatus('/data/f0');
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    const { UnderReplicatedBlocks: low, PendingReplicationBlocks: pending } = await bean();
    lost = Math.max(lost, low + pending);
    if (low + pending === 0) break;
    await pause(10);
  }
  const seconds = secondsSince(died);
  console.log(`${lost} or more blocks of ${bytes} bytes were whole again after ${rate(lost, seconds)}`);
  console.log(`the slowest call to the NameNode meanwhile took ${slowestMs.toFixed(0)} ms`);
  console.log(`${WRITERS} clients wrote ${files} blocks, one replica of each: ${rate(files, writeSeconds)}`);
} finally {
  await dfs.close();
  await cluster.stop();
}
