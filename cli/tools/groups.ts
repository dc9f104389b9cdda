/** `hdfs groups`: prints the groups of users as the NameNode sees them; org.apache.hadoop.hdfs.tools.GetGroups. */
import { parseHdfsUri } from '../../client/dfs/dfs-client.ts';
import { currentUser } from '../../conf/configuration.ts';
import { NAMENODE_RPC_PORT } from '../../conf/namenode-address.ts';
import { refuseUnsupported } from '../../conf/unsupported/refuse.ts';
import * as UserMappings from '../../protocol/gen/get-user-mappings.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { runTool } from '../options/tool.ts';
import { print } from '../terminal/terminal.ts';

/** `hdfs groups [USER…]`. @returns exit status */
export async function groupsMain(args: readonly string[]): Promise<number> {
  return runTool({ name: 'groups' }, args, async (conf, users) => {
    refuseUnsupported(conf, 'client');
    const { host, port = NAMENODE_RPC_PORT } = parseHdfsUri(conf.get('fs.defaultFS'));
    const rpc = new RpcClient({ host, port, protocol: UserMappings.PROTOCOL, user: currentUser() });
    try {
      for (const user of users.length > 0 ? users : [currentUser()]) {
        const { groups } = await rpc.call(UserMappings.getGroupsForUser, { user });
        print([`${user} :`, ...groups].join(' '));
      }
      return 0;
    } finally {
      await rpc.close();
    }
  });
}
