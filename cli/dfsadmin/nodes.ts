/** Commands of `hdfs dfsadmin` that concern all DataNodes. */
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { messageOf } from '../../runtime/errors.ts';
import { parseSize } from '../options/numbers.ts';
import type { Print } from '../terminal/terminal.ts';

const FAILED = 255;

/** -refreshNodes: has the NameNode read dfs.hosts and dfs.hosts.exclude again. */
export async function refreshNodes(client: DfsClient, print: Print): Promise<number> {
  await client.call(ClientNamenode.refreshNodes, {});
  print('Refresh nodes successful');
  return 0;
}

/** -setBalancerBandwidth BYTES: sets it on all DataNodes until they restart. `10m` has units of 1024. */
export async function setBalancerBandwidth(client: DfsClient, text: string, print: Print): Promise<number> {
  let bandwidth: number;
  try {
    bandwidth = parseSize(text);
  } catch (e) {
    process.stderr.write(`NumberFormatException: ${messageOf(e)}\n`);
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
