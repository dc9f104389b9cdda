import {
  AdminState,
  blockCount,
  type DatanodeDescriptor,
  totalOf,
  xferAddress,
} from '../blocks/datanode-descriptor.ts';
import type { ClusterStats } from '../datanodes/stats.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';

export interface StatusFacts {
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: string;
  readonly startedMs: number;
  readonly version: string;
  /** Why safe mode is on; undefined when it is off. */
  readonly safeMode: string | undefined;
  readonly stats: ClusterStats;
  readonly files: number;
  readonly directories: number;
  readonly blocks: number;
  readonly datanodes: readonly DatanodeDescriptor[];
  readonly now: number;
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;' +
  'border-bottom:1px solid #ddd}.warn{background:#fff3cd;padding:.6rem 1rem}';

const escapeHtml = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** 1536 as `1.5 KB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) => row.map((c) => `<${tag}>${escapeHtml(c)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n');
  return `<table>${head.length > 0 ? `<tr>${cells('th', head)}</tr>` : ''}\n${body}</table>`;
}

const ADMIN_STATES: Record<AdminState, string> = {
  [AdminState.NORMAL]: '',
  [AdminState.DECOMMISSION_INPROGRESS]: ', being decommissioned',
  [AdminState.DECOMMISSIONED]: ', decommissioned',
  [AdminState.ENTERING_MAINTENANCE]: ', entering maintenance',
  [AdminState.IN_MAINTENANCE]: ', in maintenance',
};

const stateText = (d: DatanodeDescriptor): string => `${d.alive ? 'live' : 'dead'}${ADMIN_STATES[d.adminState]}`;

/** The page at `/`: is the cluster well, and who is in it. */
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
  const warning = facts.safeMode ? `<p class="warn"><b>Safe mode is on.</b> ${escapeHtml(facts.safeMode)}</p>` : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>NameNode ${escapeHtml(facts.rpcAddress)}</title>
<style>${STYLE}</style></head><body>
<h1>NameNode</h1>
${warning}
${table([], overview)}
<h2>DataNodes</h2>
${table(['Host', 'Address', 'State', 'Last heartbeat', 'Rack', 'Capacity', 'Used', 'Blocks'], nodes)}
<p><a href="/jmx">/jmx</a> <a href="/conf">/conf</a></p>
</body></html>
`;
}
