/** The DataNode's web server: a summary page, and /jmx and /conf as every daemon has them. */
import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import { daemonSecret } from '../../runtime/http/cluster-secret.ts';
import { html, page, table } from '../../runtime/http/html.ts';
import { HttpServer, sendPage } from '../../runtime/http/http-server.ts';
import { type DatanodeFacts, datanodeBeans } from './beans.ts';
import { faultPoints } from './fault-points.ts';

export interface DatanodeWebOptions extends DatanodeFacts {
  readonly conf: Configuration;
}

export class DatanodeWeb {
  readonly #server: HttpServer;

  /** @throws ConfigurationError if faults are to be taken and there is no secret for them */
  constructor(options: DatanodeWebOptions) {
    const { conf, context, hostName } = options;
    const { host } = parseAddress(conf.get('dfs.datanode.http.address'), 'dfs.datanode.http.address');
    this.#server = new HttpServer({
      names: [hostName],
      secret: context.faults && daemonSecret(conf, host),
      pages: { conf, beans: () => datanodeBeans(options) },
      faults: context.faults && faultPoints(context.faults),
    });
    this.#server.routes.get('/', (_request, reply) => sendPage(reply, summaryPage(options)));
    this.#server.routes.get('/index.html', (_request, reply) => reply.redirect('/'));
  }

  /** Opens the port; port 0 takes a free port. Returns the address in use. @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
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

function summaryPage({ context, session, hostName }: DatanodeFacts): string {
  const facts = [
    ['Cluster ID', session.namespace?.clusterId ?? 'not known yet'],
    ['Block pool', context.store.blockPoolId ?? 'not known yet'],
    ['NameNode', `${session.address} (${session.registration ? session.haState : 'connecting'})`],
    ['Version', SOFTWARE_VERSION],
  ];
  const volumes = context.store.volumes.map((volume) => {
    const { capacityBytes, dfsUsedBytes, availableBytes } = volume.usage();
    return [volume.directory, volume.storageType, capacityBytes, dfsUsedBytes, availableBytes, volume.numBlocks];
  });
  return page(
    `DataNode ${hostName}`,
    html`<h1>DataNode on ${hostName}</h1>
${table([], facts)}
<h2>Volumes</h2>
${table(['Directory', 'Storage type', 'Capacity', 'Used', 'Remaining', 'Blocks'], volumes)}
<p><a href="/jmx">/jmx</a> <a href="/conf">/conf</a></p>`,
  );
}
