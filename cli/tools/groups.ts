import { parseHdfsUri } from '../../client/dfs/dfs-client.ts';
import { currentUser } from '../../conf/configuration.ts';
import { NAMENODE_RPC_PORT } from '../../conf/namenode-address.ts';
import * as UserMappings from '../../protocol/gen/get-user-mappings.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';

/** `hdfs groups [USER…]`: the groups as the NameNode sees them. @returns exit status */
export async function groupsMain(args: readonly string[]): Promise<number> {
  const options = parseGenericOptions(args);
  const conf = loadConfiguration(options);
  const { host, port = NAMENODE_RPC_PORT } = parseHdfsUri(conf.get('fs.defaultFS'));
  const rpc = new RpcClient({ host, port, protocol: UserMappings.PROTOCOL, user: currentUser() });
  try {
    for (const user of options.rest.length > 0 ? options.rest : [currentUser()]) {
      const { groups } = await rpc.call(UserMappings.getGroupsForUser, { user });
      process.stdout.write(`${[`${user} :`, ...groups].join(' ')}\n`);
    }
    return 0;
  } finally {
    await rpc.close();
  }
}
