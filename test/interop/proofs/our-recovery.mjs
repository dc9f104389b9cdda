// Proof: Calf's client goes on writing while Hadoop's DataNodes fail.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import path from 'node:path';
import { HadoopCluster } from '../lib/hadoop-cluster.mjs';
import { hadoopDfs } from '../lib/hadoop-install.mjs';
import { waitFor } from '../lib/processes.mjs';
import { projectDir } from '../lib/tools.mjs';

export const title = "our client writes on while DataNodes of Hadoop's die and stall; append, truncate, recoverLease";
export const needs = ['java', 'maven'];

const BLOCK_BYTES = 1 << 20;
/** Short limits for both sides, so that a stall is noticed in seconds. */
const TIMEOUTS = { 'dfs.client.socket-timeout': '3000', 'dfs.heartbeat.interval': '1' };

/** Writes with Calf's client and reads the files back with Hadoop's client. */
export async function prove(t) {
  const { Configuration, DistributedFileSystem } = await import(path.join(projectDir, 'dist', 'index.js'));
  const cluster = new HadoopCluster(path.join(t.dir, 'hadoop'), { datanodes: 5, heapMb: 256, conf: TIMEOUTS });
  const data = randomFillSync(Buffer.alloc(4_500_000));
  const clients = [];
  let pipeline = [];
  const open = () => {
    const conf = new Configuration({ ...TIMEOUTS, 'dfs.blocksize': String(BLOCK_BYTES) });
    const explain = (line) => {
      if (line.startsWith('write 6.')) pipeline = [...line.matchAll(/:(\d+)/g)].map((m) => Number(m[1]));
    };
    const client = new DistributedFileSystem({ conf, uri: cluster.uri, explain });
    clients.push(client);
    return client;
  };
  const uuids = new Map();
  /** Returns the process of the DataNode with a data transfer port. */
  const dataNodeAt = (port) => cluster.dataNodeOf(uuids.get(port));
  const expectFile = async (file, bytes) => {
    const { stdout, stderr } = await hadoopDfs(cluster.confDir, ['-cat', file], { hash: true });
    assert.equal(stdout, createHash('sha256').update(bytes).digest('hex'), stderr);
  };
  try {
    await cluster.start();
    const fs = open();
    for (const { id } of await fs.getDatanodeReport('LIVE')) uuids.set(id.xferPort, id.datanodeUuid);

    await t.step('append to every kind of end, hsync with its flags, truncate', async () => {
      let length = 0;
      await (await fs.create('/append')).close();
      const pieces = [100, 0, 411, 1, 5000, BLOCK_BYTES - 5512, 10, 3 * BLOCK_BYTES, 700];
      for (const [i, piece] of pieces.entries()) {
        const out = await fs.append('/append', { newBlock: i % 4 === 3 });
        assert.equal(out.position, length);
        await out.write(data.subarray(length, length + (piece >> 1)));
        await (i % 2 ? out.hflush() : out.hsync({ updateLength: true, endBlock: i === 4 }));
        await out.write(data.subarray(length + (piece >> 1), length + piece));
        await out.close();
        length += piece;
      }
      await expectFile('/append', data.subarray(0, length));
      const cut = [BLOCK_BYTES + 1, 600, 512, 0];
      for (const bytes of cut) {
        if (!(await fs.truncate('/append', bytes))) await waitFor('the cut', () => fs.isFileClosed('/append'));
        await expectFile('/append', data.subarray(0, bytes));
      }
      return `${pieces.length} appends, ${cut.length} cuts`;
    });

    await t.step('recoverLease takes a file over from a writer, with all that it has flushed', async () => {
      const out = await open().create('/left');
      await out.write(data.subarray(0, 12_345));
      await out.hflush();
      await waitFor('the recovery', () => fs.recoverLease('/left'));
      await assert.rejects(out.close());
      await expectFile('/left', data.subarray(0, 12_345));
    });

    await t.step('DataNodes stall and die while a file is written and appended to', async () => {
      const stall = async (place, work) => {
        const { pid } = dataNodeAt(pipeline[place]);
        process.kill(pid, 'SIGSTOP');
        try {
          await work();
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      };
      let at = 0;
      const write = async (out, bytes) => {
        await out.write(data.subarray(at, at + bytes));
        at += bytes;
        await out.hflush();
      };
      const out = await fs.create('/dies');
      await write(out, 300_000);
      const began = pipeline;
      await stall(1, () => write(out, 300_000));
      await stall(0, () => write(out, 300_000));
      await out.close();
      const more = await fs.append('/dies');
      await write(more, 10_000);
      await dataNodeAt(pipeline[2]).kill();
      await write(more, 2_000_000);
      await more.close();
      await expectFile('/dies', data.subarray(0, at));
      // The DataNode dies before the append sets up its pipeline, and the NameNode does not know that yet.
      const last = await fs.append('/dies');
      const [location] = (await fs.getFileBlockLocations('/dies')).slice(-1);
      await dataNodeAt(Number(location.names[0].split(':')[1])).kill();
      await write(last, 200_000);
      await last.close();
      await expectFile('/dies', data.subarray(0, at));
      return `${at} bytes, pipeline ${began} → ${pipeline}`;
    });
  } finally {
    await Promise.allSettled(clients.map((client) => client.close()));
    await cluster.stop();
  }
}
