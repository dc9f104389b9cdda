/** Properties of hdfs-site.xml that several of NameNode, DataNode, client and tools read. */
import { bool, bytes, decimal, integer, millis, type PropertyTable, seconds, text } from './property.ts';

export const HDFS_KEYS = {
  'dfs.replication': integer(3, 'Replication of new files'),
  'dfs.blocksize': bytes(134217728, 'Block size of new files'),
  'dfs.bytes-per-checksum': integer(512, 'Bytes per checksum'),
  'dfs.checksum.type': text('CRC32C', 'CRC32C, CRC32 or NULL'),
  'dfs.client-write-packet-size': bytes(65536, 'Packet size'),
  'dfs.client.socket-timeout': millis(60000, 'Silence after which a client gives a DataNode up'),
  'dfs.datanode.socket.write.timeout': millis(
    480000,
    'Limit of a write to a client or to the next DataNode, and of the wait for acks',
  ),
  'dfs.heartbeat.interval': seconds(3, 'Pause between heartbeats of a DataNode'),
  'dfs.datanode.peer.stats.enabled': bool(
    false,
    'DataNodes measure how fast others take packets and report slow ones; the NameNode keeps the reports',
  ),
  'dfs.datanode.outliers.report.interval': millis('30m', 'Pause between reports of slow DataNodes'),
  'dfs.datanode.balance.max.concurrent.moves': integer(100, 'Most moves at once that the balancer may order'),
  'dfs.datanode.address': text('127.0.0.1:9866', 'Data transfer address of a DataNode', '0.0.0.0:9866'),
  'dfs.datanode.hostname': text('', 'Name that a DataNode registers; empty: the host of its data transfer address'),
  'dfs.namenode.rpc-address': text(
    '127.0.0.1:8020',
    'RPC address of the NameNode; without it, the one in fs.defaultFS',
    '',
  ),
  'dfs.namenode.redundancy.interval.seconds': seconds(3, 'Pause between replication rounds'),
  'dfs.namenode.get-blocks.max-qps': integer(20, 'getBlocks calls of a balancer in a second; 0: no limit'),
  'dfs.namenode.lease-hard-limit-sec': seconds(1200, 'Silence of a writer after which its files are closed'),
  'dfs.namenode.retrycache.expirytime.millis': millis(
    600000,
    'Time for which the response of a call that must not run twice is kept, over restarts too',
  ),
  'dfs.namenode.retrycache.heap.percent': decimal(
    0.03,
    'Percent of the heap that limits the number of these responses',
  ),
  'dfs.permissions.enabled': bool(true, 'Permissions are checked'),
  'dfs.permissions.superusergroup': text('supergroup', 'Group of superusers'),
} as const satisfies PropertyTable;
