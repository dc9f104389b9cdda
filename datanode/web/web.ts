import fastify, { type FastifyInstance } from 'fastify';
import { bindError } from '../../protocol/network-errors.ts';
import { addFaultEndpoint } from '../../runtime/http/fault-endpoint.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { NamenodeLink } from '../link/namenode-link.ts';
import { SOFTWARE_VERSION } from '../link/namenode-messages.ts';
import { faultPoints } from './fault-points.ts';

export interface WebOptions {
  readonly context: DatanodeContext;
  readonly link: () => NamenodeLink;
  readonly hostName: string;
  readonly startedMs: number;
}

/** The DataNode's HTTP pages: a summary at `/`, and `/jmx` with the beans that monitoring reads. */
export class DatanodeWeb {
  readonly #server: FastifyInstance;

  constructor(options: WebOptions) {
    this.#server = fastify({ logger: false, forceCloseConnections: true });
    this.#server.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(summaryPage(options)));
    this.#server.get('/index.html', (_request, reply) => reply.redirect('/'));
    this.#server.get<{ Querystring: { qry?: string } }>('/jmx', (request) => {
      const all = beans(options);
      const { qry } = request.query;
      return { beans: qry === undefined ? all : all.filter((bean) => matches(bean.name, qry)) };
    });
    const { faults } = options.context;
    if (faults) addFaultEndpoint(this.#server, faultPoints(faults));
  }

  /** @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
    try {
      await this.#server.listen({ port, host });
    } catch (e) {
      throw bindError(e, host, port);
    }
    const address = this.#server.server.address();
    return { host, port: typeof address === 'object' && address ? address.port : port };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function matches(name: string, query: string): boolean {
  const pattern = query.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${pattern}$`).test(name);
}

function beans({ context, link, hostName, startedMs }: WebOptions): { name: string; [attribute: string]: unknown }[] {
  const { store, metrics, peerMetrics } = context;
  const sums = { capacity: 0, used: 0, remaining: 0, blocks: 0 };
  const volumeInfo: Record<string, unknown> = {};
  for (const volume of store.volumes) {
    const { capacityBytes, dfsUsedBytes, availableBytes } = volume.usage();
    sums.capacity += capacityBytes;
    sums.used += dfsUsedBytes;
    sums.remaining += availableBytes;
    sums.blocks += volume.numBlocks;
    volumeInfo[volume.directory] = {
      usedSpace: dfsUsedBytes,
      freeSpace: availableBytes,
      reservedSpace: volume.reservedBytes,
      reservedSpaceForReplicas: volume.reservedForReplicasBytes,
      numBlocks: volume.numBlocks,
      storageType: volume.storageType,
    };
  }
  const actor = link();
  const { session } = actor;
  return [
    {
      name: 'Hadoop:service=DataNode,name=DataNodeInfo',
      Version: SOFTWARE_VERSION,
      SoftwareVersion: SOFTWARE_VERSION,
      DatanodeHostname: hostName,
      DNStartedTimeInMillis: startedMs,
      XceiverCount: metrics.xceiverCount,
      ActiveTransferThreadCount: metrics.activeTransfers,
      XmitsInProgress: metrics.xmitsInProgress,
      SendPacketDownstreamAvgInfo: peerMetrics?.averagesText() ?? null,
      ClusterId: session.namespace?.clusterId ?? '',
      VolumeInfo: JSON.stringify(volumeInfo),
      NamenodeAddresses: JSON.stringify({ [session.address]: store.blockPoolId ?? '' }),
      BPServiceActorInfo: JSON.stringify([
        {
          NamenodeAddress: session.address,
          NamenodeHaState: session.haState,
          BlockPoolID: store.blockPoolId ?? '',
          ActorState: actor.isRegistered ? 'RUNNING' : 'CONNECTING',
          LastHeartbeat: String(secondsAgo(context.clock.now(), session.lastHeartbeatMs)),
          LastBlockReport: String(secondsAgo(context.clock.now(), session.lastBlockReportMs)),
          isSlownode: String(session.isSlowNode),
        },
      ]),
    },
    {
      name: `Hadoop:service=DataNode,name=DataNodeActivity-${context.self().id.hostName}-${context.self().id.xferPort}`,
      ...metrics,
    },
    {
      name: 'Hadoop:service=DataNode,name=FSDatasetState',
      Capacity: sums.capacity,
      DfsUsed: sums.used,
      Remaining: sums.remaining,
      NumBlocks: sums.blocks,
      NumFailedVolumes: store.volumeFailures.length,
      FailedStorageLocations: store.volumeFailures.map((f) => f.directory),
      LastVolumeFailureDate: Math.max(0, ...store.volumeFailures.map((f) => f.failedAtMs)),
      EstimatedCapacityLostTotal: store.volumeFailures.reduce((sum, f) => sum + f.capacityLostBytes, 0),
    },
    { name: 'java.lang:type=Memory', HeapMemoryUsage: heap() },
  ];
}

function secondsAgo(nowMs: number, thenMs: number): number {
  return thenMs === 0 ? -1 : Math.round((nowMs - thenMs) / 1000);
}

function heap(): { used: number; committed: number } {
  const { heapUsed, heapTotal } = process.memoryUsage();
  return { used: heapUsed, committed: heapTotal };
}

function summaryPage(options: WebOptions): string {
  const { context, link, hostName } = options;
  const actor = link();
  const { session } = actor;
  const volumes = context.store.volumes.map((volume) => {
    const { capacityBytes, dfsUsedBytes, availableBytes } = volume.usage();
    const cells = [volume.directory, volume.storageType, capacityBytes, dfsUsedBytes, availableBytes, volume.numBlocks];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>DataNode ${escapeHtml(hostName)}</title>
<style>body{font:14px system-ui,sans-serif;margin:2em;color:#222}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}</style></head>
<body><h1>DataNode on ${escapeHtml(hostName)}</h1>
<table>
<tr><th>Cluster ID</th><td>${escapeHtml(session.namespace?.clusterId ?? 'not known yet')}</td></tr>
<tr><th>Block pool</th><td>${escapeHtml(context.store.blockPoolId ?? 'not known yet')}</td></tr>
<tr><th>NameNode</th><td>${escapeHtml(session.address)} (${actor.isRegistered ? escapeHtml(session.haState) : 'connecting'})</td></tr>
<tr><th>Version</th><td>${SOFTWARE_VERSION}</td></tr>
</table>
<h2>Volumes</h2>
<table><tr><th>Directory</th><th>Storage type</th><th>Capacity</th><th>Used</th><th>Remaining</th><th>Blocks</th></tr>
${volumes.join('\n')}
</table><p><a href="/jmx">/jmx</a></p></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
