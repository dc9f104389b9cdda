// The program of a NameNode process with a bug in create(). Its arguments are settings as `key=value`.
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { LeaseManager } from '../../namenode/namespace/lease-manager.ts';
import { runDaemon } from '../../runtime/daemon.ts';
import { silentLogger } from '../../runtime/log.ts';

LeaseManager.prototype.add = () => {
  throw new TypeError('planted');
};

const defines = Object.fromEntries(process.argv.slice(2).map((a) => a.split('=', 2) as [string, string]));

void runDaemon(
  'NameNode',
  () => NameNode.start({ conf: new Configuration(defines), log: silentLogger, user: 'hdfs' }),
  ({ rpcAddress }) => ({ rpc: `${rpcAddress.host}:${rpcAddress.port}` }),
);
