import Fastify, { type FastifyInstance } from 'fastify';
import type { Configuration } from '../../conf/configuration.ts';
import { KEYS, type KeyName } from '../../conf/keys/index.ts';
import { bindError } from '../../protocol/network-errors.ts';
import { addFaultEndpoint, type FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import { reportedDatanodes } from '../datanodes/datanode-report.ts';
import { clusterStats } from '../datanodes/stats.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import { SOFTWARE_VERSION } from '../rpc/datanode-protocol.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';
import { datanodeLists, fsNamesystemBean, fsNamesystemStateBean } from './beans.ts';
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
  /** With calf.fault.injection.enabled alone. */
  readonly faults: Readonly<Record<string, FaultPoint>> | undefined;
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
    if (options.faults) addFaultEndpoint(this.#server, options.faults);
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
    const now = driver.now();
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
      datanodes: reportedDatanodes(state),
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
    const { state } = this.#options.driver;
    const now = this.#options.driver.now();
    const blocks = [fsNamesystemBean(state, now), fsNamesystemStateBean(state, now)];
    const beans = [...blocks, this.#nameNodeInfo(), this.#nameNodeStatus()];
    return query === undefined || query === '*:*' ? beans : beans.filter((bean) => bean.name === query);
  }

  #nameNodeInfo() {
    const { driver, identity, startedMs } = this.#options;
    const { state } = driver;
    const now = driver.now();
    const stats = clusterStats(state, now);
    const percent = (part: number) => (stats.capacity === 0 ? 0 : (part / stats.capacity) * 100);
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
      ...datanodeLists(state, now),
    };
  }

  #nameNodeStatus() {
    const { rpcAddress, driver } = this.#options;
    return {
      name: 'Hadoop:service=NameNode,name=NameNodeStatus',
      NNRole: 'NameNode',
      State: 'active',
      HostAndPort: `${rpcAddress.host}:${rpcAddress.port}`,
      SecurityEnabled: false,
      LastHATransitionTime: 0,
      SlowPeersReport: driver.state.slowNodes?.json(driver.now()) ?? null,
      SlowDisksReport: null,
    };
  }
}

const escapeXml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function configurationXml(properties: readonly { key: string; value: string }[]): string {
  const rows = properties.map(
    ({ key, value }) => `<property><name>${escapeXml(key)}</name><value>${escapeXml(value)}</value></property>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n${rows.join('')}</configuration>\n`;
}
