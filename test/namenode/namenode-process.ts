// The program of the tests that kill a NameNode.
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { silentLogger } from '../../runtime/log.ts';

/** A NameNode as a process of its own, for tests that kill it: `key=value …`; tells its port over IPC. */
const defines = Object.fromEntries(process.argv.slice(2).map((a) => a.split('=', 2) as [string, string]));

NameNode.start({ conf: new Configuration(defines), log: silentLogger, user: 'hdfs' }).then(
  (namenode) => process.send?.({ port: namenode.rpcAddress.port }),
  (error: Error) => process.send?.({ error: error.message }),
);
