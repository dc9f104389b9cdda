import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import type { DfsClient } from './dfs-client.ts';

/**
 * A connection to a DataNode for data transfer, which fails after dfs.client.socket-timeout of silence.
 * @param signal drops the connection, be it made or not
 * @throws the socket's error, or one with code ETIMEDOUT
 */
export function connectDatanode(
  client: DfsClient,
  node: DatanodeInfoProto,
  signal?: AbortSignal,
): Promise<DataConnection> {
  const timeoutMs = client.conf.get('dfs.client.socket-timeout');
  return DataConnection.connect({ host: client.datanodeHost(node), port: node.id.xferPort, timeoutMs, signal });
}
