// Records the bytes of real sessions, from which the fuzzer makes frames.
import type { MiniCluster } from '../../cluster/mini-cluster.ts';
import { readAll, writeAll } from './bystander.ts';
import type { Captures } from './decoder-targets.ts';
import type { Loopback } from './loopback.ts';
import { SeededRandom } from './random.ts';
import { RecordingProxy } from './recording-proxy.ts';

/** File length: enough for several packets, with two chunks in the last one, and small enough to be mutated often. */
const FILE_BYTES = 3000;

/**
 * Records the bytes of a real client and a real DataNode through loopback proxies in front of the ports: a DataNode
 * that registers and reports, then put, get, ls, append, rename and other commands.
 */
export async function recordTraffic(cluster: MiniCluster, loopback: Loopback, dir: string): Promise<Captures> {
  const namenode = await RecordingProxy.start(cluster.namenode.rpcAddress.port);
  const xceivers = await Promise.all(cluster.datanodes.map((d) => RecordingProxy.start(d.xferAddress.port)));
  const last = cluster.datanodes.length - 1;
  await cluster.faults.killDataNode(last);
  loopback.redirect(cluster.namenode.rpcAddress.port, namenode.port);
  for (const [i, { xferAddress }] of cluster.datanodes.entries()) {
    loopback.redirect(xferAddress.port, xceivers[i]?.port ?? xferAddress.port);
  }
  try {
    await cluster.faults.restartDataNode(last);
    await useFileSystem(cluster, dir);
    const rpc = namenode.recordings;
    const xfer = xceivers.flatMap((proxy) => proxy.recordings);
    return {
      toRpcServer: rpc.map(({ sent }) => sent),
      fromRpcServer: rpc.map(({ received }) => received),
      toXceiver: xfer.map(({ sent }) => sent),
      fromXceiver: xfer.map(({ received }) => received),
    };
  } finally {
    loopback.clear();
    await Promise.all([namenode, ...xceivers].map((proxy) => proxy.stop()));
  }
}

async function useFileSystem(cluster: MiniCluster, dir: string): Promise<void> {
  await using fs = cluster.fileSystem();
  const bytes = new SeededRandom(1).bytes(FILE_BYTES);
  const path = `${dir}/recorded`;
  await fs.mkdir(dir);
  await writeAll(fs, path, bytes);
  await readAll(fs, path);
  for await (const _status of fs.listStatus(dir));
  {
    await using out = await fs.append(path);
    await out.write(Buffer.from(bytes));
  }
  await fs.getFileChecksum(path);
  await fs.setReplication(path, 1);
  await fs.setTimes(path, 1, 2);
  await fs.getContentSummary(dir);
  await fs.rename(path, `${path}-2`);
  await fs.setPermission(dir, 0o777);
  await fs.delete(`${path}-2`, false);
}
