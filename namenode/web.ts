import Fastify, { type FastifyInstance } from 'fastify';
import type { Configuration } from '../conf/configuration.ts';
import { KEYS, type KeyName } from '../conf/keys.ts';
import { bindError } from '../protocol/network-errors.ts';
import { blockCount, type DatanodeDescriptor, totalOf, xferAddress } from './datanode-registry.ts';
import { SOFTWARE_VERSION } from './datanode-service.ts';
import type { NamesystemDriver } from './driver.ts';
import type { NamespaceIdentity } from './name-directory.ts';
import { clusterStats } from './stats.ts';
import { statusPage } from './status-page.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NameNodeWebOptions {
  readonly driver: NamesystemDriver;
  readonly conf: Configuration;
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: Address;
  readonly startedMs: number;
}

/** The NameNode's HTTP side: a status page, /jmx with the beans that tools ask for, /conf. */
export class NameNodeWeb {
  readonly #options: NameNodeWebOptions;
  readonly #server: FastifyInstance;

  constructor(options: NameNodeWebOptions) {
    this.#options = options;
    this.#server = Fastify({ forceCloseConnections: true });
    this.#server.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(this.#page()));
    this.#server.get<{ Querystring: { qry?: string } }>('/jmx', (request, reply) =>
      reply.send({ beans: this.#beans(request.query.qry) }),
    );
    this.#server.get('/conf', (request, reply) => {
      const properties = this.#properties();
      if (String(request.headers.accept).includes('json')) return reply.send({ properties });
      return reply.type('text/xml; charset=utf-8').send(configurationXml(properties));
    });
  }

  /** @throws BindException */
  async listen(port: number, host: string): Promise<Address> {
    try {
      await this.#server.listen({ port, host });
    } catch (e) {
      throw bindError(e, host, port);
    }
    const address = this.#server.server.address();
    return { host, port: address !== null && typeof address === 'object' ? address.port : port };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #page(): string {
    const { driver, identity, rpcAddress, startedMs } = this.#options;
    const { state } = driver;
    const now = driver.clock.now();
    return statusPage({
      identity,
      rpcAddress: `${rpcAddress.host}:${rpcAddress.port}`,
      startedMs,
      version: SOFTWARE_VERSION,
      safeMode: state.safeMode.isOn ? state.safeMode.tip(state.datanodes.liveCount, now) : undefined,
      stats: clusterStats(state, now),
      files: state.tree.fileCount,
      directories: state.tree.directoryCount,
      blocks: state.blocks.size,
      datanodes: state.datanodes.all(),
      now,
    });
  }

  #properties(): { key: string; value: string }[] {
    const { conf } = this.#options;
    const names = new Set([...Object.keys(KEYS), ...conf.entries().map(([name]) => name)]);
    return [...names].sort().map((key) => ({ key, value: conf.getRaw(key as KeyName) ?? '' }));
  }

  /** The beans whose name matches, as `Hadoop:service=NameNode,name=FSNamesystem`. */
  #beans(query: string | undefined): Record<string, unknown>[] {
    const beans = [this.#fsNamesystem(), this.#fsNamesystemState(), this.#nameNodeInfo(), this.#nameNodeStatus()];
    return query === undefined || query === '*:*' ? beans : beans.filter((bean) => bean.name === query);
  }

  #fsNamesystem() {
    const { state, clock } = this.#options.driver;
    const stats = clusterStats(state, clock.now());
    return {
      name: 'Hadoop:service=NameNode,name=FSNamesystem',
      modelerType: 'FSNamesystem',
      CapacityTotal: stats.capacity,
      CapacityUsed: stats.used,
      CapacityRemaining: stats.remaining,
      CapacityUsedNonDFS: stats.nonDfsUsed,
      FilesTotal: state.tree.fileCount + state.tree.directoryCount,
      BlocksTotal: state.blocks.size,
      NumActiveClients: state.leases.openFileCount,
      NumFilesUnderConstruction: state.leases.openFileCount,
      MissingBlocks: stats.missingBlocks,
      MissingReplOneBlocks: stats.missingReplicationOneBlocks,
      CorruptBlocks: stats.corruptBlocks,
      UnderReplicatedBlocks: stats.lowRedundancyBlocks,
      LowRedundancyReplicatedBlocks: stats.lowRedundancyBlocks,
      PendingReplicationBlocks: stats.pendingReplicationBlocks,
      PendingDeletionBlocks: stats.pendingDeletionBlocks,
      ScheduledReplicationBlocks: stats.scheduledReplicationBlocks,
      StaleDataNodes: stats.staleDatanodes,
      LastWrittenTransactionId: state.sequence,
      'tag.HAState': 'active',
    };
  }

  #fsNamesystemState() {
    const { state, clock } = this.#options.driver;
    const stats = clusterStats(state, clock.now());
    return {
      name: 'Hadoop:service=NameNode,name=FSNamesystemState',
      FSState: state.safeMode.isOn ? 'safeMode' : 'Operational',
      CapacityTotal: stats.capacity,
      CapacityUsed: stats.used,
      CapacityRemaining: stats.remaining,
      FilesTotal: state.tree.fileCount + state.tree.directoryCount,
      BlocksTotal: state.blocks.size,
      UnderReplicatedBlocks: stats.lowRedundancyBlocks,
      PendingReplicationBlocks: stats.pendingReplicationBlocks,
      ScheduledReplicationBlocks: stats.scheduledReplicationBlocks,
      PendingDeletionBlocks: stats.pendingDeletionBlocks,
      NumLiveDataNodes: stats.liveDatanodes,
      NumDeadDataNodes: stats.deadDatanodes,
      NumStaleDataNodes: stats.staleDatanodes,
      VolumeFailuresTotal: stats.volumeFailures,
    };
  }

  #nameNodeInfo() {
    const { driver, identity, startedMs } = this.#options;
    const { state, clock } = driver;
    const now = clock.now();
    const stats = clusterStats(state, now);
    const percent = (part: number) => (stats.capacity === 0 ? 0 : (part / stats.capacity) * 100);
    const nodes = state.datanodes.all();
    return {
      name: 'Hadoop:service=NameNode,name=NameNodeInfo',
      Version: `${SOFTWARE_VERSION}, calf`,
      SoftwareVersion: SOFTWARE_VERSION,
      ClusterId: identity.clusterId,
      BlockPoolId: identity.blockPoolId,
      NNStartedTimeInMillis: startedMs,
      Total: stats.capacity,
      Used: stats.used,
      Free: stats.remaining,
      NonDfsUsedSpace: stats.nonDfsUsed,
      BlockPoolUsedSpace: stats.blockPoolUsed,
      PercentUsed: percent(stats.used),
      PercentRemaining: percent(stats.remaining),
      TotalBlocks: state.blocks.size,
      TotalFiles: state.tree.fileCount + state.tree.directoryCount,
      NumberOfMissingBlocks: stats.missingBlocks,
      NumberOfMissingBlocksWithReplicationFactorOne: stats.missingReplicationOneBlocks,
      Safemode: state.safeMode.isOn ? `Safe mode is ON. ${state.safeMode.tip(stats.liveDatanodes, now)}` : '',
      LiveNodes: JSON.stringify(
        Object.fromEntries(nodes.filter((n) => n.alive).map((n) => [nodeName(n), nodeFacts(n, now)])),
      ),
      DeadNodes: JSON.stringify(
        Object.fromEntries(nodes.filter((n) => !n.alive).map((n) => [nodeName(n), nodeFacts(n, now)])),
      ),
      DecomNodes: '{}',
      EnteringMaintenanceNodes: '{}',
    };
  }

  #nameNodeStatus() {
    const { rpcAddress } = this.#options;
    return {
      name: 'Hadoop:service=NameNode,name=NameNodeStatus',
      NNRole: 'NameNode',
      State: 'active',
      HostAndPort: `${rpcAddress.host}:${rpcAddress.port}`,
      SecurityEnabled: false,
      LastHATransitionTime: 0,
    };
  }
}

const nodeName = (node: DatanodeDescriptor) => `${node.id.hostName}:${node.id.xferPort}`;

function nodeFacts(node: DatanodeDescriptor, now: number) {
  return {
    infoAddr: `${node.id.ipAddr}:${node.id.infoPort}`,
    xferaddr: xferAddress(node.id),
    lastContact: Math.floor((now - node.lastHeartbeatMs) / 1000),
    usedSpace: totalOf(node, 'dfsUsed'),
    adminState: 'In Service',
    nonDfsUsedSpace: totalOf(node, 'nonDfsUsed'),
    capacity: totalOf(node, 'capacity'),
    numBlocks: blockCount(node),
    version: node.softwareVersion,
    used: totalOf(node, 'dfsUsed'),
    remaining: totalOf(node, 'remaining'),
    blockPoolUsed: totalOf(node, 'blockPoolUsed'),
    volfails: node.volumeFailures,
    location: node.rack,
    uuid: node.id.datanodeUuid,
  };
}

const escapeXml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function configurationXml(properties: readonly { key: string; value: string }[]): string {
  const rows = properties.map(
    ({ key, value }) => `<property><name>${escapeXml(key)}</name><value>${escapeXml(value)}</value></property>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n${rows.join('')}</configuration>\n`;
}
