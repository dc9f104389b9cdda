// The program of a NameNode process that tests kill. Arguments are settings; the port is sent over IPC.
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { silentLogger } from '../../runtime/log.ts';

const defines = Object.fromEntries(process.argv.slice(2).map((a) => a.split('=', 2) as [string, string]));

NameNode.start({ conf: new Configuration(defines), log: silentLogger, user: 'hdfs' }).then(
  (namenode) => process.send?.({ port: namenode.rpcAddress.port }),
  (error: Error) => process.send?.({ error: error.message }),
);
