/** `hdfs dfsadmin -report` and `-printTopology`. */
import { lookupService } from 'node:dns/promises';
import { xferAddress } from '../../client/dfs/block-format.ts';
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  type DatanodeInfoProto,
  DatanodeInfoProto_AdminState,
  DatanodeReportTypeProto,
  type GetFsECBlockGroupStatsResponseProto,
  type GetFsReplicatedBlockStatsResponseProto,
  type GetFsStatsResponseProto,
  SafeModeActionProto,
} from '../../protocol/gen/messages.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import { binaryPrefix, javaDate, percent } from '../../runtime/format.ts';

const DEFAULT_RACK = '/default-rack';
const SLOW = 'slownodes';

/** The lists of -report, by option. */
const NODE_LISTS = [
  ['live', DatanodeReportTypeProto.LIVE, 'Live'],
  ['dead', DatanodeReportTypeProto.DEAD, 'Dead'],
  ['decommissioning', DatanodeReportTypeProto.DECOMMISSIONING, 'Decommissioning'],
  ['enteringmaintenance', DatanodeReportTypeProto.ENTERING_MAINTENANCE, 'Entering maintenance'],
  ['inmaintenance', DatanodeReportTypeProto.IN_MAINTENANCE, 'In maintenance'],
] as const;

/** The options of -report, without their dash. */
export const NODE_FILTERS: readonly string[] = [...NODE_LISTS.map(([filter]) => filter), SLOW];

const ADMIN_STATES: Record<number, string> = {
  [DatanodeInfoProto_AdminState.NORMAL]: 'Normal',
  [DatanodeInfoProto_AdminState.DECOMMISSION_INPROGRESS]: 'Decommission in progress',
  [DatanodeInfoProto_AdminState.DECOMMISSIONED]: 'Decommissioned',
  [DatanodeInfoProto_AdminState.ENTERING_MAINTENANCE]: 'Entering maintenance',
  [DatanodeInfoProto_AdminState.IN_MAINTENANCE]: 'In maintenance',
};

/** Returns the lines of -report. `filters` choose lists of DataNodes; none chooses all of them. */
export async function report(client: DfsClient, filters: ReadonlySet<string>): Promise<string[]> {
  const stats = await client.call(ClientNamenode.getFsStats, {});
  const action = SafeModeActionProto.SAFEMODE_GET;
  const { result: isSafeMode } = await client.call(ClientNamenode.setSafeMode, { action, checked: false });
  const lines = [...(isSafeMode ? safeModeLines(stats) : []), ...summary(stats), ...(await blockLines(client, stats))];
  lines.push('', '-------------------------------------------------');
  for (const [filter, type, title] of NODE_LISTS) {
    const isChosen = filters.has(filter);
    if (filters.size > 0 && !isChosen) continue;
    const { di } = await client.call(ClientNamenode.getDatanodeReport, { type });
    if (di.length > 0 || isChosen) lines.push(`${title} datanodes (${di.length}):`, '');
    lines.push(...(await allNodeLines(di)));
  }
  return [...lines, ...(await slowNodeLines(client, filters))];
}

/** Returns the lines about safe mode, in the words of Hadoop's DFSAdmin. */
function safeModeLines({ blocks_in_future: bytes = 0 }: GetFsStatsResponseProto): string[] {
  if (bytes === 0) return ['Safe mode is ON'];
  return [
    'Safe mode is ON',
    '',
    'WARNING: ',
    'Name node has detected blocks with generation stamps in future.',
    `Forcing exit from safemode will cause ${bytes} byte(s) to be deleted.`,
    'If you are sure that the NameNode was started with the correct metadata files then you may proceed with ' +
      "'-safemode forceExit'",
    '',
  ];
}

/** Returns the lines of DataNodes that others report as slow. */
async function slowNodeLines(client: DfsClient, filters: ReadonlySet<string>): Promise<string[]> {
  const isChosen = filters.has(SLOW);
  if (filters.size > 0 && !isChosen) return [];
  try {
    const { datanodeInfoProto: nodes } = await client.call(ClientNamenode.getSlowDatanodeReport, {});
    const title = nodes.length > 0 || isChosen ? [`Slow datanodes (${nodes.length}):`, ''] : [];
    return [...title, ...(await allNodeLines(nodes))];
  } catch (e) {
    // A NameNode before 3.4 has no such report, and the user has not asked for it by name.
    if (isHadoopError(e, 'RpcNoSuchMethodException') && !isChosen) return [];
    throw e;
  }
}

const withUnit = (label: string, bytes: number): string => `${label}: ${bytes} (${binaryPrefix(bytes, 2, 'B')})`;

function summary(stats: GetFsStatsResponseProto): string[] {
  const present = stats.used + stats.remaining;
  return [
    withUnit('Configured Capacity', stats.capacity),
    withUnit('Present Capacity', present),
    withUnit('DFS Remaining', stats.remaining),
    withUnit('DFS Used', stats.used),
    `DFS Used%: ${percent(present === 0 ? 0 : stats.used / present, 2)}`,
  ];
}

async function blockLines(client: DfsClient, stats: GetFsStatsResponseProto): Promise<string[]> {
  const { replicated, erasureCoded } = await blockStats(client, stats);
  return [
    'Replicated Blocks:',
    `\tUnder replicated blocks: ${replicated.low_redundancy}`,
    `\tBlocks with corrupt replicas: ${replicated.corrupt_blocks}`,
    `\tMissing blocks: ${replicated.missing_blocks}`,
    `\tMissing blocks (with replication factor 1): ${replicated.missing_repl_one_blocks}`,
    ...highestPriorityLines(replicated),
    `\tPending deletion blocks: ${replicated.pending_deletion_blocks}`,
    'Erasure Coded Block Groups: ',
    `\tLow redundancy block groups: ${erasureCoded.low_redundancy}`,
    `\tBlock groups with corrupt internal blocks: ${erasureCoded.corrupt_blocks}`,
    `\tMissing block groups: ${erasureCoded.missing_blocks}`,
    ...highestPriorityLines(erasureCoded),
    `\tPending deletion blocks: ${erasureCoded.pending_deletion_blocks}`,
  ];
}

/** Returns no line for a NameNode before 3.0, which does not tell the number. */
function highestPriorityLines(stats: GetFsReplicatedBlockStatsResponseProto | GetFsECBlockGroupStatsResponseProto) {
  const { highest_prio_low_redundancy_blocks: count } = stats;
  return count === undefined ? [] : [`\tLow redundancy blocks with highest priority to recover: ${count}`];
}

interface BlockStats {
  readonly replicated: GetFsReplicatedBlockStatsResponseProto;
  readonly erasureCoded: GetFsECBlockGroupStatsResponseProto;
}

/** Returns the figures of blocks. A NameNode without the calls for them has the figures in its file system statistics. */
async function blockStats(client: DfsClient, stats: GetFsStatsResponseProto): Promise<BlockStats> {
  try {
    return {
      replicated: await client.call(ClientNamenode.getFsReplicatedBlockStats, {}),
      erasureCoded: await client.call(ClientNamenode.getFsECBlockGroupStats, {}),
    };
  } catch (e) {
    if (!isHadoopError(e, 'RpcNoSuchMethodException')) throw e;
    return {
      replicated: {
        low_redundancy: stats.under_replicated,
        corrupt_blocks: stats.corrupt_blocks,
        missing_blocks: stats.missing_blocks,
        missing_repl_one_blocks: stats.missing_repl_one_blocks ?? 0,
        blocks_in_future: 0,
        pending_deletion_blocks: stats.pending_deletion_blocks ?? 0,
      },
      erasureCoded: {
        low_redundancy: 0,
        corrupt_blocks: 0,
        missing_blocks: 0,
        blocks_in_future: 0,
        pending_deletion_blocks: 0,
      },
    };
  }
}

/**
 * Returns the host names of DataNodes by address, as this machine looks them up (NetUtils.getHostNameOfIP of Hadoop). An
 * address without a name stands for itself.
 */
export async function hostNamesOf(nodes: readonly DatanodeInfoProto[]): Promise<ReadonlyMap<string, string>> {
  const addresses = new Set(nodes.map(({ id }) => id.ipAddr));
  const named = async (address: string): Promise<[string, string]> => {
    try {
      return [address, (await lookupService(address, 0)).hostname];
    } catch {
      return [address, address];
    }
  };
  return new Map(await Promise.all([...addresses].map(named)));
}

async function allNodeLines(nodes: readonly DatanodeInfoProto[]): Promise<string[]> {
  const hostNames = await hostNamesOf(nodes);
  return nodes.flatMap((node) => [...nodeLines(node, hostNames.get(node.id.ipAddr)), '', '']);
}

function nodeLines(node: DatanodeInfoProto, lookedUp: string | undefined): string[] {
  const { capacity = 0, dfsUsed = 0, remaining = 0, cacheCapacity = 0, cacheUsed = 0 } = node;
  const nonDfsUsed = node.nonDfsUsed ?? Math.max(0, capacity - dfsUsed - remaining);
  const share = (part: number, whole: number) => percent(whole <= 0 ? 1 : part / whole, 2);
  const location = node.location ?? DEFAULT_RACK;
  return [
    `Name: ${xferAddress(node)} (${lookedUp})`,
    `Hostname: ${node.id.hostName}`,
    ...(location === DEFAULT_RACK ? [] : [`Rack: ${location}`]),
    `Decommission Status : ${ADMIN_STATES[node.adminState ?? 0] ?? 'Normal'}`,
    withUnit('Configured Capacity', capacity),
    withUnit('DFS Used', dfsUsed),
    withUnit('Non DFS Used', nonDfsUsed),
    withUnit('DFS Remaining', remaining),
    `DFS Used%: ${share(dfsUsed, capacity)}`,
    `DFS Remaining%: ${percent(capacity <= 0 ? 0 : remaining / capacity, 2)}`,
    withUnit('Configured Cache Capacity', cacheCapacity),
    withUnit('Cache Used', cacheUsed),
    withUnit('Cache Remaining', cacheCapacity - cacheUsed),
    `Cache Used%: ${share(cacheUsed, cacheCapacity)}`,
    `Cache Remaining%: ${percent(cacheCapacity <= 0 ? 0 : (cacheCapacity - cacheUsed) / cacheCapacity, 2)}`,
    `Xceivers: ${node.xceiverCount ?? 0}`,
    `Last contact: ${javaDate(node.lastUpdate ?? 0)}`,
    `Last Block Report: ${node.lastBlockReportTime ? javaDate(node.lastBlockReportTime) : 'Never'}`,
    `Num of Blocks: ${node.numBlocks ?? 0}`,
  ];
}

/** The states in the words of DatanodeInfo.AdminStates. */
const SERVICE_STATES: Record<number, string> = {
  [DatanodeInfoProto_AdminState.NORMAL]: 'In Service',
  [DatanodeInfoProto_AdminState.DECOMMISSION_INPROGRESS]: 'Decommission In Progress',
  [DatanodeInfoProto_AdminState.DECOMMISSIONED]: 'Decommissioned',
  [DatanodeInfoProto_AdminState.ENTERING_MAINTENANCE]: 'Entering Maintenance',
  [DatanodeInfoProto_AdminState.IN_MAINTENANCE]: 'In Maintenance',
};

/** Returns the lines of -printTopology: DataNodes by rack. */
export function topology(nodes: readonly DatanodeInfoProto[], hostNames: ReadonlyMap<string, string>): string[] {
  const racks = new Map<string, string[]>();
  for (const node of nodes) {
    const rack = node.location ?? DEFAULT_RACK;
    const name = xferAddress(node);
    const host = hostNames.get(node.id.ipAddr);
    const state = SERVICE_STATES[node.adminState ?? 0] ?? 'In Service';
    racks.set(rack, [...(racks.get(rack) ?? []), `   ${name} (${host}) ${state}`]);
  }
  return [...racks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([rack, lines]) => [`Rack: ${rack}`, ...lines.sort(), '']);
}
