// Proof: Hadoop's balancer works on Calf's cluster, and Calf's on Hadoop's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, calfCommand, calfDfs, startCalfDaemon } from '../lib/calf-cluster.mjs';
import { writeRandomFile } from '../lib/data.mjs';
import { HadoopCluster, startRealDataNode } from '../lib/hadoop-cluster.mjs';
import { hadoopDfs, javaArgs } from '../lib/hadoop-install.mjs';
import { run, waitFor } from '../lib/processes.mjs';
import { finalizedReplicas } from '../lib/replicas.mjs';
import { java, tempDir } from '../lib/tools.mjs';

export const title = "our balancer on Hadoop's cluster, and Hadoop's on ours: a new DataNode is filled";
export const needs = ['java', 'maven'];

const FILE_BYTES = 30_000_000;
const CAPACITY_BYTES = 128 << 20;
const OPTIONS = ['-Ddfs.balancer.getBlocks.min-block-size=1', '-threshold', '3'];

/** Adds a third DataNode to two that have all blocks. Capacities are a few blocks, because the used share counts. */
export async function prove(t) {
  const file = path.join(t.dir, 'file');
  const digest = writeRandomFile(file, FILE_BYTES);

  // Hadoop subtracts the reserved bytes from the free space too: only an empty file system leaves so small a rest.
  const small = smallFileSystem();
  const root = small ? tempDir('balancer', small) : t.dir;
  for (const clusterKind of ['calf', 'hadoop']) {
    for (const newcomerKind of ['calf', 'hadoop']) {
      const name =
        `${clusterKind === 'calf' ? "Hadoop's balancer on our" : "our balancer on Hadoop's"} cluster, ` +
        `the new DataNode is ${newcomerKind === 'calf' ? 'ours' : "Hadoop's"}`;
      if (!small && `${clusterKind}${newcomerKind}`.includes('hadoop')) t.skip(name, 'there is no tmpfs at /dev/shm');
      else await t.step(name, () => balanced(clusterKind, newcomerKind));
    }
  }

  async function balanced(clusterKind, newcomerKind) {
    const dir = fs.mkdtempSync(path.join(root, `${clusterKind}-`));
    const newcomerDir = path.join(dir, 'newcomer');
    fs.mkdirSync(newcomerDir);
    const cluster =
      clusterKind === 'calf'
        ? new CalfCluster(path.join(dir, 'calf'), { datanodes: 2, define: conf(dir) })
        : new HadoopCluster(path.join(dir, 'hadoop'), { datanodes: 2, heapMb: 256, conf: conf(dir) });
    const balancer = clusterKind === 'calf' ? hadoopBalancer : calfBalancer;
    let newcomer;
    try {
      await cluster.start();
      const put = await calfDfs(cluster.confDir, ['-put', file, '/file']);
      assert.equal(put.code, 0, put.stderr);
      newcomer = startNewcomer(newcomerKind, newcomerDir, cluster.confDir);
      await waitFor('3 DataNodes', async () => {
        const { stdout } = await calfCommand('hdfs', cluster.confDir, ['dfsadmin', '-report', '-live']);
        return stdout.includes('Live datanodes (3)');
      });
      const count = Math.ceil(FILE_BYTES / (1 << 18));
      const before = finalizedReplicas(cluster.dir).map((replica) => replica.blockId);
      const ids = new Set(before);
      assert.equal(ids.size, count);
      const watch = watchReplicas(ids, [cluster.dir, newcomerDir]);
      const said = await runUntilBalanced(() => balancer(cluster.confDir)).finally(watch.end);
      const { low, looks } = await watch.end();
      assert.deepEqual(low, [], 'blocks with fewer than 2 replicas');
      const moved = finalizedReplicas(newcomerDir).length;
      assert.ok(moved > count / 2 && moved < count, `${moved} replicas on the newcomer\n${said}`);
      for (const shell of [calfDfs, hadoopDfs]) {
        const { stdout, stderr } = await shell(cluster.confDir, ['-cat', '/file'], { hash: true });
        assert.equal(stdout, digest, stderr);
      }
      return `${moved} of ${2 * count} replicas moved; in ${looks} looks no block had fewer than 2`;
    } finally {
      await newcomer?.stop();
      await cluster.stop();
    }
  }
}

function conf(dir) {
  const { blocks, bsize } = fs.statfsSync(dir);
  return {
    'dfs.replication': 2,
    'dfs.blocksize': 1 << 18,
    'dfs.namenode.fs-limits.min-block-size': 0,
    'dfs.datanode.du.reserved': blocks * bsize - CAPACITY_BYTES,
    'dfs.datanode.round-robin-volume-choosing-policy.additional-available-space': 0,
    'dfs.heartbeat.interval': 1,
    'dfs.namenode.redundancy.interval.seconds': 1,
  };
}

function smallFileSystem() {
  const TMPFS_MAGIC = 0x01021994;
  const dir = '/dev/shm';
  if (!fs.existsSync(dir)) return undefined;
  const { type, bavail, bsize } = fs.statfsSync(dir);
  return type === TMPFS_MAGIC && bavail * bsize > 4 * CAPACITY_BYTES ? dir : undefined;
}

function startNewcomer(kind, dir, confDir) {
  if (kind === 'hadoop') return startRealDataNode('data', dir, confDir, { heapMb: 256 });
  return startCalfDaemon('datanode', 'newcomer', dir, confDir, {
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.datanode.data.dir': path.join(dir, 'data'),
  });
}

const calfBalancer = (confDir) => calfCommand('hdfs', confDir, ['balancer', ...OPTIONS]);

function hadoopBalancer(confDir) {
  return run(java, javaArgs(confDir, 'org.apache.hadoop.hdfs.server.balancer.Balancer', OPTIONS, { heapMb: 256 }));
}

/**
 * Runs a balancer until it is done. Hadoop 3.4.2's own balancer fails in its second round: "Metrics source ... already
 * exists".
 */
async function runUntilBalanced(balancer) {
  for (let tries = 0; tries < 5; tries++) {
    const { code, stdout, stderr } = await balancer();
    if (code === 0) {
      assert.match(stdout, /The cluster is balanced\. Exiting\.\.\./);
      return stdout;
    }
    assert.match(stderr, /Metrics source Balancer-\S+ already exists/, stdout + stderr);
    // The next run must not see the DataNodes' old usage figures.
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  throw new Error('not balanced');
}

/**
 * Counts the replicas on the disks again and again, each time with two looks: a replica that moves to another directory
 * during the first look is found in the second.
 */
function watchReplicas(ids, dirs) {
  const low = [];
  let looks = 0;
  let ended = false;
  const done = (async () => {
    while (!ended) {
      const files = new Map([...ids].map((id) => [id, new Set()]));
      for (const dir of [...dirs, ...dirs]) {
        for (const { blockId, file } of finalizedReplicas(dir)) files.get(blockId)?.add(file);
      }
      for (const [id, found] of files) if (found.size < 2) low.push(`blk_${id} ${[...found]}`);
      looks++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    async end() {
      ended = true;
      await done;
      return { low, looks };
    },
  };
}
