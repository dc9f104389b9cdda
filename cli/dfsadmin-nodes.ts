import type { DfsClient } from '../client/dfs-client.ts';
import { parseAddress } from '../conf/configuration.ts';
import { HadoopError } from '../protocol/errors.ts';
import * as ClientDatanode from '../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../protocol/gen/client-namenode.ts';
import { RpcClient } from '../protocol/rpc-client.ts';
import { UsageError } from './dfs/command-format.ts';
import { parseSize } from './dfsadmin-quota.ts';

const FAILED = 255;

type Print = (line: string) => void;

/** -refreshNodes: dfs.hosts and dfs.hosts.exclude are read again. */
export async function refreshNodes(client: DfsClient, print: Print): Promise<number> {
  await client.call(ClientNamenode.refreshNodes, {});
  print('Refresh nodes successful');
  return 0;
}

/** -setBalancerBandwidth BYTES: for all DataNodes until they restart; `10m` and the like are units of 1024. */
export async function setBalancerBandwidth(client: DfsClient, text: string, print: Print): Promise<number> {
  let bandwidth: number;
  try {
    bandwidth = parseSize(text);
  } catch (e) {
    process.stderr.write(`NumberFormatException: ${HadoopError.from(e).message}\n`);
    process.stderr.write('Usage: hdfs dfsadmin [-setBalancerBandwidth <bandwidth in bytes per second>]\n');
    return FAILED;
  }
  if (bandwidth < 0) {
    process.stderr.write('Bandwidth should be a non-negative integer\n');
    return FAILED;
  }
  await client.call(ClientNamenode.setBalancerBandwidth, { bandwidth });
  print(`Balancer bandwidth is set to ${bandwidth}`);
  return 0;
}

/** -getBalancerBandwidth HOST:IPC_PORT */
export async function getBalancerBandwidth(client: DfsClient, address: string, print: Print): Promise<number> {
  const { host, port } = datanodeAddress(address);
  const protocol = ClientDatanode.PROTOCOL;
  const callTimeoutMs = client.conf.get('dfs.client.socket-timeout');
  const rpc = new RpcClient({ host, port, protocol, user: client.user, callTimeoutMs });
  try {
    const { bandwidth } = await rpc.call(ClientDatanode.getBalancerBandwidth, {});
    print(`Balancer bandwidth is ${bandwidth} bytes per second.`);
    return 0;
  } catch (e) {
    // Hadoop's words, with the reason that it leaves out.
    process.stderr.write(`Datanode unreachable. ${HadoopError.from(e).message.split('\n', 1)[0]}\n`);
    return FAILED;
  } finally {
    await rpc.close();
  }
}

/** @throws UsageError */
function datanodeAddress(text: string): { host: string; port: number } {
  if (!/:\d+$/.test(text)) throw new UsageError(`Does not contain a valid host:port authority: ${text}`);
  return parseAddress(text, 'datanode');
}
