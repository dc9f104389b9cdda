/** Texts about a running cluster: `calf start` and `calf status`. */
import { currentUser, parseAddress } from '../../conf/configuration.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { messageOf } from '../../runtime/errors.ts';
import { daemonState } from './daemon-process.ts';
import type { RunningCluster } from './running-cluster.ts';

/** Returns the output of `calf start`: every URL, and the shell line that points Hadoop's own clients to the cluster. */
export function describeCluster(cluster: RunningCluster): string {
  const urls = Object.entries(cluster.addresses).map(([name, address]) => {
    const [daemon = '', use = ''] = name.split('.');
    const scheme = use === 'http' ? 'http://' : use === 'rpc' ? 'hdfs://' : '';
    return `  ${daemon.padEnd(13)} ${use.padEnd(8)} ${scheme}${address}`;
  });
  return [`Calf is running, data in ${cluster.dir}`, ...urls, '', `export HADOOP_CONF_DIR=${cluster.confDir}`].join(
    '\n',
  );
}

/** Returns the output of `calf status`: every process, and the NameNode's figures of the DataNodes. */
export async function describeStatus(cluster: RunningCluster): Promise<string> {
  const processes = Object.entries(cluster.processIds).map(
    ([daemon, pid]) =>
      `  ${daemon.padEnd(13)} process ${String(pid).padEnd(8)} ${daemonState(daemon, pid)}${restartsOf(cluster, daemon)}`,
  );
  return [describeCluster(cluster), '', ...processes, '', await liveDataNodes(cluster)].join('\n');
}

async function liveDataNodes(cluster: RunningCluster): Promise<string> {
  const { host, port } = parseAddress(cluster.fsDefaultFS.replace('hdfs://', ''), 'fs.defaultFS');
  const rpc = new RpcClient({
    host,
    port,
    protocol: ClientNamenode.PROTOCOL,
    user: currentUser(),
    connectRetriesMax: 0,
  });
  try {
    const live = await rpc.call(ClientNamenode.getDatanodeReport, { type: DatanodeReportTypeProto.LIVE });
    const stats = await rpc.call(ClientNamenode.getFsStats, {});
    return `  ${live.di.length} live DataNodes, ${stats.used} bytes used, ${stats.remaining} bytes free`;
  } catch (e) {
    return `  The NameNode does not answer: ${messageOf(e)}`;
  } finally {
    await rpc.close();
  }
}

function restartsOf({ restarts }: RunningCluster, daemon: string): string {
  const told = restarts?.[daemon];
  if (told === undefined) return '';
  return typeof told === 'string'
    ? `, ${told}`
    : `, died and was started again: ${told} ${told === 1 ? 'time' : 'times'}`;
}
