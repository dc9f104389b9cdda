/** Starts DataNodes beside a FakeNameNode. */
import { Configuration } from '../../../conf/configuration.ts';
import { DataNode } from '../../../datanode/datanode.ts';
import type { DatanodeInfoProto } from '../../../protocol/gen/messages.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import type { FakeNameNode } from './fake-namenode.ts';

export function datanodeConf(
  namenode: FakeNameNode,
  directories: readonly string[],
  more: Record<string, string> = {},
): Configuration {
  return new Configuration({
    'dfs.namenode.rpc-address': `127.0.0.1:${namenode.port}`,
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.datanode.data.dir': directories.join(','),
    'dfs.blocksize': '1048576',
    'dfs.heartbeat.interval': '50ms',
    ...more,
  });
}

export function startDataNode(
  namenode: FakeNameNode,
  directories: readonly string[],
  more: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<DataNode> {
  return DataNode.start({ conf: datanodeConf(namenode, directories, more), log: silentLogger, clock });
}

export function infoOf(datanode: DataNode): DatanodeInfoProto {
  return {
    id: {
      ipAddr: datanode.xferAddress.host,
      hostName: datanode.xferAddress.host,
      datanodeUuid: datanode.datanodeUuid,
      xferPort: datanode.xferAddress.port,
      infoPort: datanode.httpAddress.port,
      ipcPort: datanode.ipcAddress.port,
    },
  };
}
