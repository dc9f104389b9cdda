// A DataNode dies: how long until each of its blocks has its replication again, at how many bytes a second, and how
// long other calls to the NameNode wait meanwhile. `node scripts/… ` is not needed: test/bench/rereplication.mjs runs it.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { silentLogger } from '../../conf/log.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { NameNode } from '../../namenode/namenode.ts';

export interface RereplicationFigures {
  readonly blocks: number;
  readonly bytes: number;
  /** From the moment that the DataNode counts as dead. */
  readonly seconds: number;
  /** The longest that a getFileInfo took meanwhile, ms. */
  readonly slowestCallMs: number;
  /** What one file of as many bytes, written to one DataNode before, took: the disk's speed. */
  readonly writeSeconds: number;
}

const WRITERS = 16;

/** `blocks` files of one block on two DataNodes; one dies, a third and a fourth take its place. */
export async function measureRereplication(blocks: number, blockBytes: number): Promise<RereplicationFigures> {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-rereplication-'));
  const stops: (() => Promise<unknown>)[] = [() => fs.rm(dir, { recursive: true, force: true })];
  try {
    const conf = new Configuration({
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.name.dir': `${dir}/name`,
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
      'dfs.heartbeat.interval': '1',
      'dfs.namenode.heartbeat.recheck-interval': '500',
    });
    const namenode = await NameNode.start({ conf, log: silentLogger });
    stops.push(() => namenode.stop());
    conf.set('dfs.namenode.rpc-address', `127.0.0.1:${namenode.rpcAddress.port}`);
    conf.set('fs.defaultFS', `hdfs://127.0.0.1:${namenode.rpcAddress.port}`);
    const startDatanode = async (name: string) => {
      const own = conf.clone().set('dfs.datanode.data.dir', `${dir}/${name}`);
      const datanode = await DataNode.start({ conf: own, log: silentLogger });
      stops.push(() => datanode.stop());
      return datanode;
    };
    const dying = await startDatanode('d1');
    await startDatanode('d2');
    const dfs = new DistributedFileSystem({ conf });
    stops.push(() => dfs.close());
    const data = randomBytes(blockBytes);
    const write = async (file: string, replication: number) => {
      const out = await dfs.create(file, { replication });
      await out.write(data);
      await out.close();
    };
    const writeAll = async (dirName: string, replication: number) => {
      let next = 0;
      const writer = async () => {
        for (let i = next++; i < blocks; i = next++) await write(`${dirName}/f${i}`, replication);
      };
      await Promise.all(Array.from({ length: WRITERS }, writer));
    };
    await writeAll('/data', 2);
    const started = performance.now();
    await writeAll('/alone', 1);
    const writeSeconds = (performance.now() - started) / 1000;
    await dfs.delete('/alone', true);
    await startDatanode('d3');
    await startDatanode('d4');
    await dying.stop();
    const jmx = async (): Promise<Record<string, number>> => {
      const { host, port } = namenode.httpAddress;
      const answer = await fetch(`http://${host}:${port}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem`);
      return ((await answer.json()) as { beans: Record<string, number>[] }).beans[0] ?? {};
    };
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    while (((await jmx()).UnderReplicatedBlocks ?? 0) === 0) await pause(20);
    const begun = performance.now();
    let slowestCallMs = 0;
    for (;;) {
      const asked = performance.now();
      await dfs.getFileStatus('/data/f0');
      slowestCallMs = Math.max(slowestCallMs, performance.now() - asked);
      const bean = await jmx();
      if ((bean.UnderReplicatedBlocks ?? 0) + (bean.PendingReplicationBlocks ?? 0) === 0) break;
      await pause(10);
    }
    const seconds = (performance.now() - begun) / 1000;
    return { blocks, bytes: blocks * blockBytes, seconds, slowestCallMs, writeSeconds };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const [blocks = 10_000, blockBytes = 16_384] = process.argv.slice(2).map(Number);
const figures = await measureRereplication(blocks, blockBytes);
const rate = (seconds: number) =>
  `${(figures.blocks / seconds).toFixed(0)} blocks/s, ${(figures.bytes / seconds / 1e6).toFixed(1)} MB/s`;
console.log(`re-replication of ${figures.blocks} blocks of ${blockBytes} bytes: ${figures.seconds.toFixed(1)} s`);
console.log(`  ${rate(figures.seconds)}; slowest call meanwhile ${figures.slowestCallMs.toFixed(0)} ms`);
console.log(
  `  clients wrote as much to one replica in ${figures.writeSeconds.toFixed(1)} s: ${rate(figures.writeSeconds)}`,
);
