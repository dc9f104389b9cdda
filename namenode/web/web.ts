/** The NameNode's HTTP side: its status page, and its beans and configuration on the pages that all daemons have. */
import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { defaultFsAddress } from '../../conf/namenode-address.ts';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import { daemonSecret } from '../../runtime/http/cluster-secret.ts';
import type { FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import { HttpServer, sendPage } from '../../runtime/http/http-server.ts';
import { reportedDatanodes } from '../datanodes/datanode-report.ts';
import { clusterStats } from '../datanodes/stats.ts';
import { type NameNodeFacts, nameNodeBeans } from './beans.ts';
import { statusPage } from './status-page.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NameNodeWebOptions extends NameNodeFacts {
  readonly conf: Configuration;
  /** Set only with calf.fault.injection.enabled. */
  readonly faults: Readonly<Record<string, FaultPoint>> | undefined;
}

export class NameNodeWeb {
  readonly #server: HttpServer;

  /** @throws ConfigurationError if faults are to be taken and there is no secret for them */
  constructor(options: NameNodeWebOptions) {
    const { conf, faults, rpcAddress } = options;
    const { host } = parseAddress(conf.get('dfs.namenode.http-address'), 'dfs.namenode.http-address');
    this.#server = new HttpServer({
      names: [rpcAddress.host, defaultFsAddress(conf)?.host ?? ''],
      secret: faults && daemonSecret(conf, host),
      pages: { conf, beans: () => nameNodeBeans(options) },
      faults,
    });
    this.#server.routes.get('/', (_request, reply) => sendPage(reply, overviewPage(options)));
  }

  /** Opens the port; 0 takes a free one. @throws BindException */
  async listen(port: number, host: string): Promise<Address> {
    return await this.#server.listen(port, host);
  }

  /** Cuts every connection at once, so that nothing is answered after a bug. */
  abort(): void {
    this.#server.abort();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

function overviewPage({ driver, identity, rpcAddress, startedMs }: NameNodeFacts): string {
  const now = driver.now();
  return driver.inspect('statusPage', ({ namespace, blockManager, datanodeManager }) =>
    statusPage({
      identity,
      rpcAddress: `${rpcAddress.host}:${rpcAddress.port}`,
      startedMs,
      version: SOFTWARE_VERSION,
      safeMode: blockManager.safeMode.isOn
        ? blockManager.safeMode.tip(blockManager.datanodes.liveCount, now)
        : undefined,
      stats: clusterStats(datanodeManager, now),
      files: namespace.tree.fileCount,
      directories: namespace.tree.directoryCount,
      blocks: blockManager.blocks.size,
      datanodes: reportedDatanodes(datanodeManager),
      now,
    }),
  );
}
