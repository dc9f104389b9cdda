/** Properties of hdfs-site.xml that the NameNode reads. */
import { bool, bytes, classOf, decimal, integer, millis, type PropertyTable, seconds, text } from './property.ts';

const BLOCKMANAGEMENT = 'org.apache.hadoop.hdfs.server.blockmanagement';

export const NAMENODE_KEYS = {
  'dfs.namenode.handler.count': integer(10, 'With ipc.server.handler.queue.size: calls in progress at once'),
  'dfs.namenode.http-address': text('127.0.0.1:9870', 'HTTP address', '0.0.0.0:9870'),
  'dfs.namenode.name.dir': text(
    'file://${hadoop.tmp.dir}/dfs/name',
    'Directories of the metadata store, separated by commas: each holds a full copy',
  ),
  'dfs.reformat.disabled': bool(false, 'namenode -format refuses a directory that holds a namespace'),
  'dfs.namenode.support.allow.format': bool(true, 'namenode -format is allowed'),
  'dfs.namenode.fs-limits.min-block-size': bytes(1048576, 'Smallest block size of a new file'),
  'dfs.namenode.fs-limits.max-component-length': integer(255, 'Longest name, in bytes; 0: no limit'),
  'dfs.namenode.fs-limits.max-directory-items': integer(1048576, 'Most entries of a directory'),
  'dfs.namenode.fs-limits.max-blocks-per-file': integer(10000, 'Most blocks of a file'),
  'dfs.namenode.replication.min': integer(1, 'Replicas that each block must have before its file is closed'),
  'dfs.replication.max': integer(512, 'Largest replication of a file'),
  'dfs.namenode.safemode.threshold-pct': decimal(0.999, 'Share of blocks reported before safe mode ends'),
  'dfs.namenode.safemode.min.datanodes': integer(0, 'DataNodes needed before safe mode ends'),
  'dfs.namenode.safemode.extension': millis(0, 'Further time in safe mode after both are reached', 30000),
  'dfs.namenode.accesstime.precision': millis(3600000, 'Precision of access times; 0: no access times are kept'),
  'dfs.namenode.heartbeat.recheck-interval': millis(300000, 'Pause between searches for dead DataNodes'),
  'dfs.namenode.max.full.block.report.leases': integer(6, 'DataNodes that may send a full block report at once'),
  'dfs.namenode.full.block.report.lease.length.ms': millis(300000, 'Time for a full block report once it is allowed'),
  'dfs.namenode.stale.datanode.interval': millis(30000, 'Silence after which a DataNode is stale'),
  'dfs.namenode.redundancy.considerLoad': bool(
    true,
    'New replicas do not go to busy DataNodes; calf start and MiniCluster set false',
  ),
  'dfs.namenode.redundancy.considerLoad.factor': decimal(
    2,
    'A DataNode is busy if its transfers exceed the average times this factor',
  ),
  'dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled': bool(
    false,
    'New replicas do not go to DataNodes that others find slow; needs dfs.datanode.peer.stats.enabled',
  ),
  'dfs.namenode.avoid.read.slow.datanode': bool(false, 'Readers try slow DataNodes after others'),
  'dfs.namenode.slowpeer.collect.interval': millis('30m', 'Pause between decisions on which DataNodes are slow'),
  'dfs.datanode.max.nodes.to.report': integer(5, 'Slow DataNodes that /jmx of the NameNode shows'),
  'dfs.namenode.max.slowpeer.collect.nodes': integer(5, 'Most DataNodes that count as slow'),
  'dfs.namenode.replication.max-streams': integer(2, 'Transfers that a DataNode is given at once'),
  'dfs.namenode.replication.max-streams-hard-limit': integer(
    4,
    'Transfers at once for blocks of highest priority and from DataNodes that leave service',
  ),
  'dfs.namenode.replication.work.multiplier.per.iteration': integer(
    2,
    'Copies that a replication round begins, for each live DataNode',
  ),
  'dfs.namenode.reconstruction.pending.timeout-sec': seconds(
    300,
    'Time after which a copy that no DataNode has reported is ordered again',
  ),
  'dfs.namenode.decommission.interval': seconds(30, 'Pause between checks for DataNodes that are decommissioned'),
  'dfs.namenode.maintenance.replication.min': integer(
    1,
    'Live replicas that a block keeps while DataNodes with others are in maintenance',
  ),
  'dfs.namenode.hosts.provider.classname': classOf(
    `${BLOCKMANAGEMENT}.HostFileManager`,
    `${BLOCKMANAGEMENT}.CombinedHostFileManager`,
  )(
    `${BLOCKMANAGEMENT}.HostFileManager`,
    'Format of dfs.hosts: lines, or JSON (CombinedHostFileManager), which can also put DataNodes into maintenance',
  ),
  'dfs.hosts': text('', 'File with the DataNodes that may join; empty: any may'),
  'dfs.hosts.exclude': text('', 'File with the DataNodes to decommission'),
  'dfs.block.invalidate.limit': integer(1000, 'Most blocks that one command tells a DataNode to delete'),
  'dfs.namenode.resource.du.reserved': bytes(
    104857600,
    'Free space on the disk of dfs.namenode.name.dir below which the NameNode refuses changes',
  ),
  'dfs.namenode.resource.check.interval': millis(5000, 'Pause between checks of that free space'),
  'dfs.namenode.enable.retrycache': bool(
    true,
    'A call that must not run twice gets the same response when it is sent again',
  ),
  'dfs.ls.limit': integer(1000, 'Entries of one listing response'),
  'dfs.content-summary.limit': integer(5000, 'Inodes that a content summary counts before other calls get a turn'),
} as const satisfies PropertyTable;
