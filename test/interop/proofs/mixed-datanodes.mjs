// Proof: DataNodes of Hadoop and of Calf work together in one cluster.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, calfDfs, startCalfDaemon } from '../lib/calf-cluster.mjs';
import { writeRandomFile } from '../lib/data.mjs';
import { HadoopCluster, startRealDataNode } from '../lib/hadoop-cluster.mjs';
import { hadoopDfs } from '../lib/hadoop-install.mjs';
import { mixedStory } from '../lib/mixed-story.mjs';
import { waitFor } from '../lib/processes.mjs';
import { finalizedReplicas } from '../lib/replicas.mjs';

export const title = "a Hadoop DataNode joins our NameNode, and ours joins Hadoop's";
export const needs = ['java', 'maven'];

const FILES = 4;
const FILE_BYTES = 3_000_000;
const TWO_REPLICAS = ['-Ddfs.replication=2', '-Ddfs.blocksize=1048576'];

export async function prove(t) {
  const files = Array.from({ length: FILES }, (_, i) => path.join(t.dir, `f${i}`));
  const digests = files.map((file, i) => writeRandomFile(file, FILE_BYTES, i));
  const small = { 'dfs.replication': 2, 'dfs.namenode.fs-limits.min-block-size': 0 };

  await t.step('a Hadoop DataNode on our NameNode', async () => {
    const cluster = await new CalfCluster(path.join(t.dir, 'calf'), { datanodes: 1, define: small }).start();
    const guest = await startRealDataNode('guest', path.join(t.dir, 'hadoop-guest'), cluster.confDir);
    try {
      await writeThroughBoth(cluster, guest, path.join(t.dir, 'hadoop-guest'));
      return await readFrom(cluster);
    } finally {
      await guest.stop();
      await cluster.stop();
    }
  });

  await t.step("our DataNode on Hadoop's NameNode", async () => {
    const cluster = await new HadoopCluster(path.join(t.dir, 'hadoop'), { datanodes: 1, conf: small }).start();
    const dir = path.join(t.dir, 'calf-guest');
    const free = {
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
    };
    const guest = startCalfDaemon('datanode', 'guest', dir, cluster.confDir, {
      ...free,
      'dfs.datanode.data.dir': path.join(dir, 'data'),
    });
    try {
      await cluster.waitForDataNodes(2);
      await writeThroughBoth(cluster, guest, dir);
      return await readFrom(cluster);
    } finally {
      await guest.stop();
      await cluster.stop();
    }
  });

  const big = path.join(t.dir, 'big');
  writeRandomFile(big, 4_000_000, FILES);
  for (const namenode of ['calf', 'hadoop']) await mixedStory(t, namenode, big);

  /** Puts the files with both shells, through pipelines of the cluster's DataNode and the guest, in either order. */
  async function writeThroughBoth(cluster, guest, guestDir) {
    await waitFor(
      'both DataNodes',
      async () => {
        const { stdout } = await calfDfs(cluster.confDir, [...TWO_REPLICAS, '-put', '-f', files[0], '/probe']);
        return stdout === '' && replicaCount(guestDir) >= 3;
      },
      { daemons: [guest], timeoutMs: 30_000, intervalMs: 500 },
    );
    const before = replicaCount(guestDir);
    for (const [name, shell] of [
      ['hadoop', hadoopDfs],
      ['ours', calfDfs],
    ]) {
      const made = await shell(cluster.confDir, ['-mkdir', `/${name}`]);
      const put = await shell(cluster.confDir, [...TWO_REPLICAS, '-put', ...files, `/${name}`]);
      assert.equal(made.code + put.code, 0, made.stderr + put.stderr);
    }
    const blocks = 2 * FILES * Math.ceil(FILE_BYTES / (1 << 20));
    assert.equal(replicaCount(guestDir) - before, blocks, 'replicas on the guest');
  }

  /** Ends the cluster's own DataNode and gets every file with both shells, so that every byte comes from the guest. */
  async function readFrom(cluster) {
    await cluster.endDataNode(0);
    for (const [name, shell] of [
      ['hadoop', hadoopDfs],
      ['ours', calfDfs],
    ]) {
      for (const [i, digest] of digests.entries()) {
        const { code, stdout, stderr } = await shell(cluster.confDir, ['-cat', `/${name}/f${i}`], { hash: true });
        assert.equal(code, 0, stderr);
        assert.equal(stdout, digest);
      }
    }
    return `${2 * FILES} files of ${FILE_BYTES} bytes, written by both shells to both DataNodes, read from the guest alone`;
  }
}

/** Counts the finalized replicas of a guest, which may not have made its directory yet. */
const replicaCount = (dir) => (fs.existsSync(dir) ? finalizedReplicas(dir).length : 0);
