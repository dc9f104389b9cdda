// Measures re-replication after a DataNode with many small blocks is killed: the time until all blocks have their
// replicas again, compared with a plain copy of the same files between the same directories, and with a real Hadoop
// whose limits on copies are raised; and the longest wait of a call to the NameNode meanwhile.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster } from '../interop/lib/calf-cluster.mjs';
import { HadoopCluster } from '../interop/lib/hadoop-cluster.mjs';
import { waitFor } from '../interop/lib/processes.mjs';
import { finalizedReplicas } from '../interop/lib/replicas.mjs';
import { projectDir, tempDir } from '../interop/lib/tools.mjs';
import { figure } from './figures.mjs';

const DATANODES = 4;
const REPLICATION = 3;
const WRITERS = 16;
const COPIES_AT_ONCE = 8;
/** Factor on the number of files: replicas are spread by chance, and the fullest DataNode must have enough of them. */
const MARGIN = 1.02;
const HEAL_MS_MAX = 240_000;
/** Settings that declare a silent DataNode dead soon; all others are defaults. */
const SOON_DEAD = { 'dfs.heartbeat.interval': 1, 'dfs.namenode.heartbeat.recheck-interval': 500 };
/** Settings without Hadoop's limits: by default it copies at most two blocks a second for each DataNode. */
const NO_LIMITS = {
  'dfs.namenode.redundancy.interval.seconds': 1,
  'dfs.namenode.replication.work.multiplier.per.iteration': 1000,
  'dfs.namenode.replication.max-streams': 200,
  'dfs.namenode.replication.max-streams-hard-limit': 400,
};

const secondsSince = (startMs) => (performance.now() - startMs) / 1000;

/** Measures the death of a DataNode on both clusters, of which only one runs at a time. */
export async function rereplication({ options }) {
  const dir = (name) => path.join(tempDir(`bench-${name}`, options.dir), name);
  const common = { datanodes: DATANODES };
  const ours = await measure(new CalfCluster(dir('calf'), { ...common, define: SOON_DEAD }), options);
  const conf = { ...SOON_DEAD, ...NO_LIMITS };
  const reference = await measure(new HadoopCluster(dir('hadoop'), { ...common, heapMb: 512, conf }), options);
  const size = `${options['block-bytes'] / 1024} KiB`;
  const rates = (f) => ({ unit: 'blocks/s', ours: [f(ours)], reference: [f(reference)] });
  const name = `${ours.blocks} blocks of ${size} of a dead node`;
  const copied = { name, unit: 'blocks/s', ours: [ours.healRate], reference: [ours.copyRate], against: 'a plain copy' };
  const against = "Hadoop's cluster, no limits";
  const slowest = { ours: [ours.slowestCallMs], reference: [reference.slowestCallMs] };
  return [
    figure({ name: `writing them, ${REPLICATION} replicas`, ...rates((r) => r.writeRate), against }),
    figure(copied),
    figure({ name, ...rates((r) => r.healRate), against, target: { atLeast: 1 } }),
    figure({ name: 'slowest getFileInfo meanwhile', unit: 'ms', ...slowest, against }),
  ];
}

async function measure(cluster, { blocks, 'block-bytes': blockBytes }) {
  await cluster.start();
  const { Configuration, DistributedFileSystem } = await import(path.join(projectDir, 'dist', 'index.js'));
  const dfs = new DistributedFileSystem({ conf: Configuration.load({ confDir: cluster.confDir }) });
  try {
    const files = Math.ceil((blocks * DATANODES * MARGIN) / REPLICATION);
    const began = performance.now();
    await writeFiles(dfs, files, blockBytes);
    const writeRate = files / secondsSince(began);
    const held = new Map(dataDirs(cluster).map((dir) => [dir, finalizedReplicas(dir)]));
    const [fullest, replicas] = [...held].sort(([, a], [, b]) => b.length - a.length)[0];
    await cluster.endDataNode(Number(fullest.match(/\d+$/)[0]) - 1);
    const { seconds, slowestCallMs } = await timeHealing(cluster, dfs, replicas.length);
    held.delete(fullest);
    const copyRate = replicas.length / (await timeCopy(cluster, replicas, [...held.values()].flat()));
    return { blocks: replicas.length, writeRate, healRate: replicas.length / seconds, copyRate, slowestCallMs };
  } finally {
    await dfs.close();
    await cluster.stop();
  }
}

const dataDirs = ({ dir }) =>
  Array.from({ length: DATANODES }, (_, i) => path.join(dir, `data${i + 1}`)).filter((data) => fs.existsSync(data));

async function writeFiles(dfs, count, bytes) {
  const data = randomBytes(bytes);
  let next = 0;
  const writer = async () => {
    for (let i = next++; i < count; i = next++) {
      const out = await dfs.create(`/data/f${i}`, { replication: REPLICATION });
      await out.write(data);
      await out.close();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

/** Measures from the first lacking replica that the NameNode reports until none lacks and no copy is under way. */
async function timeHealing(cluster, dfs, lost) {
  const lacking = async () => {
    const response = await fetch(`${cluster.httpUrl}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem`);
    const [{ UnderReplicatedBlocks, PendingReplicationBlocks }] = (await response.json()).beans;
    return UnderReplicatedBlocks + PendingReplicationBlocks;
  };
  // Hadoop's NameNode checks for dead DataNodes every 5 s, and skips a check after a pause of its own process.
  const options = { timeoutMs: 120_000, intervalMs: 10 };
  const first = await waitFor("the DataNode's death", lacking, options);
  const began = performance.now();
  let slowestCallMs = 0;
  let most = first;
  const healed = async () => {
    const asked = performance.now();
    await dfs.getFileStatus('/data/f0');
    slowestCallMs = Math.max(slowestCallMs, performance.now() - asked);
    const left = await lacking();
    most = Math.max(most, left);
    return left === 0;
  };
  await waitFor('all blocks at their replication', healed, { ...options, timeoutMs: HEAL_MS_MAX });
  if (most > lost) throw new Error(`${most} blocks lacked a replica, ${lost} were on the DataNode`);
  return { seconds: secondsSince(began), slowestCallMs };
}

/** Copies one living replica of each block, data and checksums, to the directories of the other DataNodes. */
async function timeCopy({ dir }, lost, living) {
  const byBlock = new Map(living.map((replica) => [replica.blockId, replica]));
  const targets = dataDirs({ dir }).map((data) => fs.mkdtempSync(path.join(data, 'copy-')));
  let next = 0;
  const copier = async () => {
    for (let i = next++; i < lost.length; i = next++) {
      const { file, metaFile } = byBlock.get(lost[i].blockId);
      const target = targets[i % targets.length];
      for (const each of [file, metaFile]) await fs.promises.copyFile(each, path.join(target, path.basename(each)));
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copier));
  return secondsSince(began);
}
