/** Commands of `hdfs dfsadmin` that ask one DataNode, named as HOST:IPC_PORT. */
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import { parseAddress } from '../../conf/configuration.ts';
import { enumName } from '../../protocol/enum-name.ts';
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import { type DatanodeVolumeInfoProto, StorageTypeProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import { binaryPrefix } from '../../runtime/format.ts';
import { parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../options/usage-error.ts';
import type { Print } from '../terminal/terminal.ts';

const FAILED = 255;

/** -shutdownDatanode HOST:IPC_PORT [upgrade]: ends a DataNode. With `upgrade`, its writers are told to wait for its restart. */
export async function shutdownDatanode(client: DfsClient, args: readonly string[], print: Print): Promise<number> {
  const [address = '', word] = args;
  if (word !== undefined && word.toLowerCase() !== 'upgrade') throw new UsageError(`Unknown argument: ${word}`);
  await ask(client, address, (rpc) => rpc.call(ClientDatanode.shutdownDatanode, { forUpgrade: word !== undefined }));
  print(`Submitted a shutdown request to datanode ${address}`);
  return 0;
}

/** -evictWriters HOST:IPC_PORT */
export async function evictWriters(client: DfsClient, address: string, print: Print): Promise<number> {
  await reachable(ask(client, address, (rpc) => rpc.call(ClientDatanode.evictWriters, {})));
  print(`Requested writer eviction to datanode ${address}`);
  return 0;
}

/** -getDatanodeInfo HOST:IPC_PORT */
export async function getDatanodeInfo(client: DfsClient, address: string, print: Print): Promise<number> {
  const { localInfo } = await reachable(ask(client, address, (rpc) => rpc.call(ClientDatanode.getDatanodeInfo, {})));
  const { uptime, softwareVersion, configVersion } = localInfo;
  print(`Uptime: ${uptime}, Software version: ${softwareVersion}, Config version: ${configVersion}`);
  return 0;
}

/** -getVolumeReport HOST:IPC_PORT */
export async function getVolumeReport(client: DfsClient, address: string, print: Print): Promise<number> {
  const { volumeInfo } = await ask(client, address, (rpc) => rpc.call(ClientDatanode.getVolumeReport, {}));
  print(`Active Volumes : ${volumeInfo.length}`);
  for (const volume of volumeInfo) for (const line of volumeLines(volume)) print(line);
  return 0;
}

function volumeLines(volume: DatanodeVolumeInfoProto): string[] {
  const size = (name: string, bytes: number): string => `${name}: ${bytes}(${binaryPrefix(bytes, 2, 'B')})`;
  return [
    '',
    `Directory: ${volume.path}`,
    `StorageType: ${enumName(StorageTypeProto, volume.storageType)}`,
    size('Capacity Used', volume.usedSpace),
    size('Capacity Left', volume.freeSpace),
    size('Capacity Reserved', volume.reservedSpace),
    size('Reserved Space for Replicas', volume.reservedSpaceForReplicas),
    `Blocks: ${volume.numBlocks}`,
  ];
}

/** -triggerBlockReport [-incremental] HOST:IPC_PORT [-namenode HOST:IPC_PORT] */
export async function triggerBlockReport(client: DfsClient, args: readonly string[], print: Print): Promise<number> {
  const options = parseOptions(args, {
    place: 'anywhere',
    unknown: 'keep',
    options: ['incremental'],
    required: ['namenode'],
  });
  const incremental = options.has('incremental');
  const nnAddress = options.value('namenode');
  const address = options.parameters.find((word) => !word.startsWith('-'));
  const others = options.parameters.filter((word) => word !== address);
  if (address === undefined || others.length > 0) {
    const mistake =
      address === undefined ? 'You must specify a host:port pair.' : `Can't understand arguments: ${others.join(' ')}`;
    process.stderr.write(`${mistake}\n`);
    return 1;
  }
  try {
    await ask(client, address, (rpc) => rpc.call(ClientDatanode.triggerBlockReport, { incremental, nnAddress }));
  } catch (e) {
    process.stderr.write(`triggerBlockReport error: ${shown(e)}\n`);
    return 1;
  }
  const to = nnAddress === undefined ? '' : ` to namenode ${nnAddress}`;
  print(`Triggering ${incremental ? 'an incremental' : 'a full'} block report on ${address}${to}.`);
  return 0;
}

/** -getBalancerBandwidth HOST:IPC_PORT */
export async function getBalancerBandwidth(client: DfsClient, address: string, print: Print): Promise<number> {
  try {
    const { bandwidth } = await ask(client, address, (rpc) => rpc.call(ClientDatanode.getBalancerBandwidth, {}));
    print(`Balancer bandwidth is ${bandwidth} bytes per second.`);
    return 0;
  } catch (e) {
    if (e instanceof UsageError) throw e;
    // Hadoop's words, and after them the reason, which Hadoop leaves out.
    process.stderr.write(`Datanode unreachable. ${messageOf(e).split('\n', 1)[0]}\n`);
    return FAILED;
  }
}

async function ask<T>(client: DfsClient, address: string, question: (rpc: RpcClient) => Promise<T>): Promise<T> {
  if (!/:\d+$/.test(address)) throw new UsageError(`Does not contain a valid host:port authority: ${address}`);
  const { host, port } = parseAddress(address, 'datanode');
  const protocol = ClientDatanode.PROTOCOL;
  const callTimeoutMs = client.conf.get('dfs.client.socket-timeout');
  const rpc = new RpcClient({ host, port, protocol, user: client.user, callTimeoutMs });
  try {
    return await question(rpc);
  } finally {
    await rpc.close();
  }
}

async function reachable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof UsageError) throw e;
    throw hadoopError('IOException', `Datanode unreachable. ${shown(e)}`, e);
  }
}

/** Returns a failure as Java prints an exception, its first line. */
function shown(e: unknown): string {
  const { javaClass, message } = HadoopError.from(e);
  return `${javaClass}: ${message.split('\n', 1)[0]}`;
}
