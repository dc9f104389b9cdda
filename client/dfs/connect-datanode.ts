/** Connections from a client to a DataNode. */
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import type { DfsClient } from './dfs-client.ts';

/**
 * Connects to a DataNode for data transfer. The connection fails after dfs.client.socket-timeout without bytes.
 * @param signal closes the connection at any time, also while it is being made
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
