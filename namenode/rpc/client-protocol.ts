/** ClientProtocol: all methods that clients call, from the tables of the themes. */
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { clientAdmin } from './client-admin.ts';
import { clientCluster } from './client-cluster.ts';
import { clientFeatures } from './client-features.ts';
import { clientNamespace } from './client-namespace.ts';
import { clientReads } from './client-reads.ts';
import { clientWrites } from './client-writes.ts';
import type { ClientContext } from './context/client-context.ts';
import { CLIENT_ACCESS } from './context/method-access.ts';
import { type MethodTable, serveTable } from './context/method-table.ts';

/** Every method of ClientProtocol by its name in the generated table; the compiler refuses a table that lacks one. */
export const CLIENT_PROTOCOL = {
  ...clientReads,
  ...clientNamespace,
  ...clientWrites,
  ...clientCluster,
  ...clientAdmin,
  ...clientFeatures,
} satisfies Required<MethodTable<typeof ClientNamenode, ClientContext>>;

export function serveClients(server: RpcServer, context: ClientContext): void {
  const keepsAnswers = context.conf.get('dfs.namenode.enable.retrycache');
  serveTable(server, {
    protocol: ClientNamenode,
    table: CLIENT_PROTOCOL,
    access: CLIENT_ACCESS,
    context,
    checkSuperuser: context.checkSuperuser,
    keepsAnswers,
  });
}
