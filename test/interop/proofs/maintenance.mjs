// Proof: Calf's NameNode keeps the same maintenance states and replicas as Hadoop's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { calfCommand } from '../lib/calf-cluster.mjs';
import { javaArgs } from '../lib/hadoop-install.mjs';
import { MixedCluster } from '../lib/mixed-cluster.mjs';
import { runOk, waitFor } from '../lib/processes.mjs';
import { finalizedReplicas } from '../lib/replicas.mjs';
import { java } from '../lib/tools.mjs';

export const title = "DataNodes in maintenance: Hadoop's NameNode and ours say and do the same";
export const needs = ['java', 'maven'];

const COMBINED = 'org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager';
/** Lengths of the files in bytes, which identify their replicas on the disks. */
const SINGLE_BYTES = 100;
const TRIPLE_BYTES = 300;

/** Runs the same steps under both NameNodes, and compares their states after every step. */
export async function prove(t) {
  const seen = {};
  const told = (kind) =>
    t.step(`on ${kind === 'calf' ? 'our' : "Hadoop's"} NameNode`, async () => {
      seen[kind] = await story(path.join(t.dir, kind), kind);
      return `${Object.keys(seen[kind]).length} looks`;
    });
  // Both run at the same time, because they mostly wait.
  const ends = await Promise.allSettled(['hadoop', 'calf'].map(told));
  for (const { status, reason } of ends) if (status === 'rejected') throw reason;
  await t.step('the same states, figures and numbers of replicas', () => {
    assert.deepEqual(seen.calf, seen.hadoop);
    return Object.values(seen.calf)
      .map(({ triple, single }) => `${triple}+${single}`)
      .join(', ');
  });
}

async function story(dir, kind) {
  const hosts = path.join(dir, 'hosts.json');
  const conf = {
    'dfs.hosts': hosts,
    'dfs.namenode.hosts.provider.classname': COMBINED,
    'dfs.namenode.decommission.interval': 1,
  };
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(hosts, '[]');
  const cluster = new MixedCluster(dir, kind, { kinds: ['calf', 'calf', 'calf', 'calf'], conf });
  const looks = {};
  try {
    await cluster.start();
    const away = await writeFiles(cluster);
    const look = async (name, isReached) => {
      let last;
      looks[name] = await waitFor(
        `${name} (${kind})`,
        async () => {
          last = await lookAt(cluster, away, calfReport);
          return isReached(last) && last;
        },
        { timeoutMs: 60_000, intervalMs: 300 },
      ).catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(last)}`);
      });
      // Hadoop's dfsadmin must report the same.
      assert.deepEqual(await lookAt(cluster, away, hadoopReport), looks[name]);
    };
    const admin = async (states) => {
      const entries = states.map(([member, adminState, maintenanceExpireTimeInMS]) => ({
        hostName: '127.0.0.1',
        port: member.xferPort,
        adminState,
        maintenanceExpireTimeInMS,
      }));
      fs.writeFileSync(hosts, JSON.stringify(entries));
      const { code, stderr } = await calfCommand('hdfs', cluster.confDir, ['dfsadmin', '-refreshNodes']);
      assert.equal(code, 0, stderr);
    };
    const isLike = (wanted) => (found) =>
      Object.entries(wanted).every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value));

    await look('in service', isLike({ triple: '3 of 3', single: '1 of 1', underReplicated: 0 }));
    await admin([[away, 'IN_MAINTENANCE']]);
    await look('in maintenance', isLike({ away: 'In maintenance', triple: '2 of 3', single: '1 of 2' }));
    await away.daemon.kill();
    await look('switched off', isLike({ isAlive: false, triple: '2 of 3', underReplicated: 0 }));
    away.start({ data: away.xferPort, http: 0, ipc: 0 });
    await look('switched on', isLike({ isAlive: true, triple: '2 of 3' }));
    await cluster.namenode.stop();
    cluster.startNameNode();
    await look('after a restart of the NameNode', isLike({ away: 'In maintenance', triple: '2 of 3', live: 4 }));
    // A NameNode that starts without the DataNode does not know its replicas, so it has them copied.
    await away.daemon.kill();
    await cluster.namenode.stop();
    cluster.startNameNode();
    await look('started without it', isLike({ live: 3, triple: '3 of 4', single: '1 of 2', underReplicated: 0 }));
    away.start({ data: away.xferPort, http: 0, ipc: 0 });
    await look('came late', isLike({ away: 'In maintenance', isAlive: true, triple: '3 of 4' }));
    await admin([[away, 'IN_MAINTENANCE', Date.now() + 4000]]);
    await look('expired', isLike({ away: 'Normal', triple: '3 of 3', single: '1 of 1' }));
    await cluster.dfs.delete('/triple');
    await cluster.dfs.delete('/single');
    await writeOn(cluster, '/triple', TRIPLE_BYTES, 3, [away]);
    await writeOn(cluster, '/single', SINGLE_BYTES, 1, [away]);
    await admin([[away, 'IN_MAINTENANCE']]);
    await look('in maintenance again', isLike({ away: 'In maintenance', triple: '2 of 3', single: '1 of 2' }));
    await away.daemon.kill();
    await look('switched off again', isLike({ isAlive: false, underReplicated: 0 }));
    await admin([]);
    await look('lost', isLike({ away: 'Normal', triple: '3 of 4', underReplicated: 0 }));
    away.start({ data: away.xferPort, http: 0, ipc: 0 });
    await look('back', isLike({ isAlive: true, triple: '3 of 3', single: '1 of 1' }));
    await write(cluster.dfs, '/everywhere', 1, 4);
    await admin(cluster.members.map((member) => [member, 'IN_MAINTENANCE']));
    await look('all at once', isLike({ away: 'Entering maintenance', underReplicated: 3 }));
    return looks;
  } finally {
    await cluster.stop();
  }
}

/** Writes `/triple` to three DataNodes and `/single` to one of these. @returns that one, which goes into maintenance */
async function writeFiles(cluster) {
  const holders = await writeOn(cluster, '/triple', TRIPLE_BYTES, 3, cluster.members);
  const [away] = await writeOn(cluster, '/single', SINGLE_BYTES, 1, holders);
  return away;
}

/** Writes a file of one block with a replica on at least one of `members`. @returns the DataNodes with a replica */
async function writeOn(cluster, file, bytes, replication, members) {
  const { dfs } = cluster;
  for (;;) {
    await write(dfs, file, bytes, replication);
    const [{ names }] = await dfs.getFileBlockLocations(file);
    const holders = names.map((name) => memberAt(cluster, name));
    if (holders.length === replication && holders.some((holder) => members.includes(holder))) return holders;
    await dfs.delete(file);
  }
}

const memberAt = (cluster, name) => cluster.member(Number(name.split(':')[1]));

async function write(dfs, file, bytes, replication) {
  const out = await dfs.create(file, { replication });
  await out.write(Buffer.alloc(bytes));
  await out.close();
}

const calfReport = async (confDir) => (await calfCommand('hdfs', confDir, ['dfsadmin', '-report'])).stdout;
const hadoopReport = async (confDir) => {
  const args = javaArgs(confDir, 'org.apache.hadoop.hdfs.tools.DFSAdmin', ['-report'], { heapMb: 256 });
  return (await runOk(java, args)).stdout;
};

/** Returns the state to compare: the report, and the numbers of replicas as `readable of kept on a disk`. */
async function lookAt(cluster, away, report) {
  const text = await report(cluster.confDir);
  const sections = {};
  let section;
  for (const block of text.split(/\n(?=Name: |\S[^\n]* datanodes \(\d+\):)/)) {
    section = block.match(/^(.*) datanodes \(\d+\):/)?.[1] ?? section;
    const port = block.match(/^Name: 127\.0\.0\.1:(\d+)/m)?.[1];
    if (port === undefined) continue;
    const who = Number(port) === away.xferPort ? 'away' : 'another';
    sections[section] = [...(sections[section] ?? []), [who, block.match(/^Decommission Status : (.*)$/m)[1]]].sort();
  }
  const all = [...(sections.Live ?? []), ...(sections.Dead ?? [])];
  const count = (name) => Number(text.match(new RegExp(`^\\t${name}: (\\d+)$`, 'm'))?.[1]);
  return {
    sections,
    away: all.find(([who]) => who === 'away')?.[1],
    isAlive: sections.Live?.some(([who]) => who === 'away') ?? false,
    live: sections.Live?.length ?? 0,
    underReplicated: count('Under replicated blocks'),
    missing: count('Missing blocks'),
    triple: await replicasOf(cluster, '/triple', TRIPLE_BYTES),
    single: await replicasOf(cluster, '/single', SINGLE_BYTES),
  };
}

async function replicasOf(cluster, file, bytes) {
  const [located] = await cluster.dfs.getFileBlockLocations(file);
  const kept = cluster.members.flatMap((member) => finalizedReplicas(member.dir));
  return `${located.names.length} of ${kept.filter((replica) => fs.statSync(replica.file).size === bytes).length}`;
}
