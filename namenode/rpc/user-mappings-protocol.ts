/** GetUserMappingsProtocol: the groups of a user as the NameNode sees them, for `hdfs groups`. */
import * as GetUserMappings from '../../protocol/gen/get-user-mappings.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import type { ClientContext } from './context/client-context.ts';
import { USER_MAPPINGS_ACCESS } from './context/method-access.ts';
import { type MethodTable, serveTable } from './context/method-table.ts';

export const USER_MAPPINGS_PROTOCOL = {
  getGroupsForUser: async (context, { user }) => ({ groups: [...(await context.groupsOf(user))] }),
} satisfies Required<MethodTable<typeof GetUserMappings, ClientContext>>;

export function serveUserMappings(server: RpcServer, context: ClientContext): void {
  serveTable(server, {
    protocol: GetUserMappings,
    table: USER_MAPPINGS_PROTOCOL,
    access: USER_MAPPINGS_ACCESS,
    context,
    checkSuperuser: context.checkSuperuser,
  });
}
