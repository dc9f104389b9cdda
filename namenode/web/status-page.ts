/** The NameNode's page for people: whether the cluster is well, and the DataNodes in it. */

import { html, page, table } from '../../runtime/http/html.ts';
import { AdminState } from '../blocks/locations/admin-state.ts';
import { blockCount, totalOf, xferAddress } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import type { ClusterStats } from '../datanodes/stats.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';

export interface StatusFacts {
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: string;
  readonly startedMs: number;
  readonly version: string;
  /** The reason for safe mode; undefined while it is off. */
  readonly safeMode: string | undefined;
  readonly stats: ClusterStats;
  readonly files: number;
  readonly directories: number;
  readonly blocks: number;
  readonly datanodes: readonly DatanodeDescriptor[];
  readonly now: number;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Returns a number of bytes as people read it: 1536 as `1.5 KB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

const ADMIN_STATES: Record<AdminState, string> = {
  [AdminState.NORMAL]: '',
  [AdminState.DECOMMISSION_INPROGRESS]: ', being decommissioned',
  [AdminState.DECOMMISSIONED]: ', decommissioned',
  [AdminState.ENTERING_MAINTENANCE]: ', entering maintenance',
  [AdminState.IN_MAINTENANCE]: ', in maintenance',
};

const stateText = (d: DatanodeDescriptor): string => `${d.alive ? 'live' : 'dead'}${ADMIN_STATES[d.adminState]}`;

/** Returns the row that warns of blocks that this namespace has not assigned, if there are any. */
const futureRow = (bytes: number): string[][] =>
  bytes === 0
    ? []
    : [['Bytes of blocks of an unknown future', `${bytes}, kept until hdfs dfsadmin -safemode forceExit`]];

/** Returns the page at `/`. */
export function statusPage(facts: StatusFacts): string {
  const { stats, identity } = facts;
  const overview = [
    ['Address', facts.rpcAddress],
    ['Started', new Date(facts.startedMs).toISOString()],
    ['Hadoop protocols of', facts.version],
    ['Cluster ID', identity.clusterId],
    ['Block pool ID', identity.blockPoolId],
    ['Namespace', `${facts.files} files, ${facts.directories} directories, ${facts.blocks} blocks`],
    ['Capacity', `${sizeText(stats.capacity)}, used ${sizeText(stats.used)}, free ${sizeText(stats.remaining)}`],
    ['DataNodes', `${stats.liveDatanodes} live, ${stats.deadDatanodes} dead`],
    ['Blocks with too few replicas', String(stats.lowRedundancyBlocks)],
    ['Missing blocks', String(stats.missingBlocks)],
    ...futureRow(stats.bytesInFuture),
  ];
  const nodes = facts.datanodes.map((d) => [
    d.id.hostName,
    xferAddress(d.id),
    stateText(d),
    `${Math.max(0, Math.floor((facts.now - d.lastHeartbeatMs) / 1000))} s ago`,
    d.rack,
    sizeText(totalOf(d, 'capacity')),
    sizeText(totalOf(d, 'dfsUsed')),
    String(blockCount(d)),
  ]);
  const warning = facts.safeMode ? [html`<p class="warn"><b>Safe mode is on.</b> ${facts.safeMode}</p>`] : [];
  return page(
    `NameNode ${facts.rpcAddress}`,
    html`<h1>NameNode</h1>
${warning}
${table([], overview)}
<h2>DataNodes</h2>
${table(['Host', 'Address', 'State', 'Last heartbeat', 'Rack', 'Capacity', 'Used', 'Blocks'], nodes)}
<p><a href="/jmx">/jmx</a> <a href="/conf">/conf</a></p>`,
  );
}
