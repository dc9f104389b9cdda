/** How a property's text becomes a value. */
export interface Property<T> {
  readonly type: string;
  /** Hadoop's default unless `meaning` says otherwise. */
  readonly defaultText: string;
  readonly meaning: string;
  /** @throws Error naming what was expected */
  readonly parse: (text: string) => T;
}

function property<T>(type: string, parse: (text: string) => T) {
  return (defaultText: string | number | boolean, meaning: string): Property<T> => ({
    type,
    defaultText: String(defaultText),
    meaning,
    parse,
  });
}

const SIZE_UNITS: Record<string, number> = { '': 0, b: 0, k: 10, m: 20, g: 30, t: 40, p: 50, e: 60 };
const TIME_UNITS_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

function parseInteger(text: string): number {
  const value = /^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error('an integer');
  return value;
}

function parseFloatText(text: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error('a number');
  return value;
}

function parseBytes(text: string): number {
  const match = /^([+-]?\d+)\s*([bkmgtpe]?)b?$/i.exec(text);
  if (!match) throw new Error('a size in bytes, such as 134217728 or 128m');
  return Number(match[1]) * 2 ** (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? 0);
}

/** A time with Hadoop's unit suffixes (`30s`, `5m`); a bare number has the property's own unit. Result in ms. */
function parseTime(bareUnitMs: number) {
  return (text: string): number => {
    const match = /^(-?\d+)\s*(ns|us|ms|s|m|h|d)?$/.exec(text);
    if (!match) throw new Error('a time, such as 30s or 5m');
    return Number(match[1]) * (match[2] ? (TIME_UNITS_MS[match[2]] ?? 1) : bareUnitMs);
  };
}

const text = property('string', (t) => t);
const integer = property('int', parseInteger);
const decimal = property('float', parseFloatText);
const bytes = property('bytes', parseBytes);
const millis = property('time, ms', parseTime(1));
const seconds = property('time, s', parseTime(1000));
const list = property('list', (t) =>
  t
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s !== ''),
);
const bool = property('boolean', (t) => {
  const lower = t.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new Error('true or false');
  return lower === 'true';
});

/** One of some classes of Hadoop, by the name that it has there. */
const classOf = (...names: readonly string[]) =>
  property('class', (t) => {
    if (!names.includes(t)) throw new Error(names.join(' or '));
    return t;
  });
const BLOCKMANAGEMENT = 'org.apache.hadoop.hdfs.server.blockmanagement';

/**
 * The properties that Calf reads: Hadoop's names and, where the meaning says nothing else, Hadoop's defaults
 * (core-default.xml, hdfs-default.xml, mapred-default.xml of 3.4). Times are milliseconds in the program.
 */
export const KEYS = {
  // ---- core
  'fs.defaultFS': text('file:///', 'File system of paths without a scheme'),
  'hadoop.tmp.dir': text('/tmp/hadoop-${user.name}', 'Base of other directories'),
  'fs.permissions.umask-mode': text('022', 'Umask of new files and directories, octal or symbolic'),
  'fs.trash.interval': integer(0, 'Minutes after which trash is deleted; 0: no trash'),
  'hadoop.shell.safely.delete.limit.num.files': integer(100, 'Files that -rm -safely deletes without asking'),
  'io.bytes.per.checksum': integer(512, 'Bytes per checksum of other file systems'),
  'io.file.buffer.size': bytes(4096, 'Buffer size of small reads and writes'),
  'ipc.maximum.data.length': bytes(134217728, 'Largest RPC frame that a server accepts'),
  'ipc.maximum.response.length': bytes(134217728, 'Largest RPC frame that a client accepts'),
  'ipc.client.connection.maxidletime': millis(
    10000,
    'Idle connections are closed after it; by servers, after twice it',
  ),
  'ipc.client.idlethreshold': integer(4000, 'A server with fewer connections lets idle ones stay'),
  'ipc.client.kill.max': integer(10, 'Idle connections that a server closes in one scan'),
  'ipc.client.connection.idle-scan-interval.ms': millis(10000, 'Pause between scans for idle connections'),
  'ipc.server.max.connections': integer(0, 'Most connections of an RPC server; 0: no limit'),
  'ipc.server.max.response.size': bytes(1048576, 'Longer answers are logged'),
  'ipc.server.handler.queue.size': integer(100, 'Calls in progress for each handler; more wait'),
  'ipc.backoff.enable': bool(false, 'Calls over that are refused with RetriableException'),
  'ipc.callqueue.overflow.trigger.failover': bool(false, 'They are refused with StandbyException'),
  'ipc.client.connect.max.retries': integer(10, 'Further tries after a refused connection'),
  'ipc.client.connect.retry.interval': millis(1000, 'Pause between them'),
  'ipc.client.connect.timeout': millis(20000, 'Limit of one connection attempt'),
  'ipc.client.rpc-timeout.ms': millis(120000, 'Limit of one call'),
  'ipc.ping.interval': millis(60000, 'Pause between pings of a waiting client'),
  'hadoop.security.authentication': text('simple', 'Only simple is supported'),
  'net.topology.table.file.name': text('', 'File with lines of host and rack'),
  // ---- NameNode
  'dfs.namenode.handler.count': integer(10, 'Times ipc.server.handler.queue.size: calls in progress'),
  'dfs.namenode.rpc-address': text('127.0.0.1:8020', 'RPC address; Calf listens on the loopback address by default'),
  'dfs.namenode.http-address': text('127.0.0.1:9870', 'HTTP address'),
  'dfs.namenode.name.dir': text('file://${hadoop.tmp.dir}/dfs/name', 'Directory of the metadata store'),
  'dfs.namenode.fs-limits.min-block-size': bytes(1048576, 'Smallest block size of a new file'),
  'dfs.namenode.fs-limits.max-component-length': integer(255, 'Longest name, bytes; 0: no limit'),
  'dfs.namenode.fs-limits.max-directory-items': integer(1048576, 'Most entries of a directory'),
  'dfs.namenode.fs-limits.max-blocks-per-file': integer(10000, 'Most blocks of a file'),
  'dfs.namenode.replication.min': integer(1, 'Replicas that a block must have for its file to be closed'),
  'dfs.replication.max': integer(512, 'Largest replication of a file'),
  'dfs.namenode.safemode.threshold-pct': decimal(0.999, 'Share of blocks reported before safe mode is left'),
  'dfs.namenode.safemode.min.datanodes': integer(0, 'DataNodes needed before safe mode is left'),
  'dfs.namenode.safemode.extension': millis(0, 'Further time in safe mode; Hadoop waits 30000'),
  'dfs.namenode.accesstime.precision': millis(3600000, 'Access times are this exact; 0: none are kept'),
  'dfs.namenode.heartbeat.recheck-interval': millis(300000, 'Pause between looks for dead DataNodes'),
  'dfs.namenode.max.full.block.report.leases': integer(6, 'DataNodes that may send a full block report at once'),
  'dfs.namenode.full.block.report.lease.length.ms': millis(300000, 'A DataNode that was to report has so long for it'),
  'dfs.namenode.stale.datanode.interval': millis(30000, 'Silence after which a DataNode is stale'),
  'dfs.namenode.redundancy.interval.seconds': seconds(3, 'Pause between replication rounds'),
  'dfs.namenode.redundancy.considerLoad': bool(
    true,
    'No new replicas go to busy DataNodes; calf start and MiniCluster set false',
  ),
  'dfs.namenode.redundancy.considerLoad.factor': decimal(2, 'Times the average of transfers above which one is busy'),
  'dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled': bool(
    false,
    'No new replicas go to DataNodes that others find slow; needs dfs.datanode.peer.stats.enabled',
  ),
  'dfs.namenode.avoid.read.slow.datanode': bool(false, 'Readers try slow DataNodes after others'),
  'dfs.namenode.slowpeer.collect.interval': millis('30m', 'Pause between looks which DataNodes are slow'),
  'dfs.namenode.max.slowpeer.collect.nodes': integer(5, 'Most DataNodes that count as slow'),
  'dfs.namenode.replication.max-streams': integer(2, 'Transfers that a DataNode is given at once'),
  'dfs.namenode.replication.max-streams-hard-limit': integer(
    4,
    'Transfers at once for blocks of highest priority and of DataNodes on their way out of service',
  ),
  'dfs.namenode.replication.work.multiplier.per.iteration': integer(
    2,
    'Copies that a replication round begins, for each live DataNode',
  ),
  'dfs.namenode.reconstruction.pending.timeout-sec': seconds(300, 'A copy not reported by then is ordered again'),
  'dfs.namenode.decommission.interval': seconds(30, 'Pause between looks whether a DataNode is decommissioned'),
  'dfs.namenode.maintenance.replication.min': integer(
    1,
    'Live replicas that a block keeps while DataNodes with others are in maintenance',
  ),
  'dfs.namenode.hosts.provider.classname': classOf(
    `${BLOCKMANAGEMENT}.HostFileManager`,
    `${BLOCKMANAGEMENT}.CombinedHostFileManager`,
  )(
    `${BLOCKMANAGEMENT}.HostFileManager`,
    'What dfs.hosts holds: lines, or (CombinedHostFileManager) JSON, which can also put DataNodes into maintenance',
  ),
  'dfs.hosts': text('', 'File with the DataNodes that may join; empty: any'),
  'dfs.hosts.exclude': text('', 'File with the DataNodes to decommission'),
  'dfs.namenode.invalidate.work.pct.per.iteration': decimal(0.32, 'Share of DataNodes told to delete in a round'),
  'dfs.block.invalidate.limit': integer(1000, 'Most blocks that one command deletes'),
  'dfs.namenode.resource.du.reserved': bytes(
    104857600,
    'Free space on its disk below which the NameNode takes no changes',
  ),
  'dfs.namenode.resource.check.interval': millis(5000, 'Pause between looks at the free space on that disk'),
  'dfs.namenode.lease-hard-limit-sec': seconds(1200, 'Silence of a writer after which its files are closed'),
  'dfs.namenode.enable.retrycache': bool(
    true,
    'A call that must not run twice is answered the same when it comes again',
  ),
  'dfs.namenode.retrycache.expirytime.millis': millis(
    600000,
    'How long the answer of a call that must not run twice is kept, over restarts too',
  ),
  'dfs.namenode.retrycache.heap.percent': decimal(0.03, 'Share of the heap, in percent, that says how many are kept'),
  'dfs.permissions.enabled': bool(true, 'Check permissions'),
  'dfs.permissions.superusergroup': text('supergroup', 'Group of superusers'),
  'dfs.ls.limit': integer(1000, 'Entries of one listing answer'),
  'dfs.content-summary.limit': integer(5000, 'Inodes counted before others get a turn'),
  'dfs.cluster.administrators': text('', 'Further superusers'),
  // ---- DataNode
  'dfs.datanode.address': text('127.0.0.1:9866', 'Data transfer address'),
  'dfs.datanode.handler.count': integer(10, 'Times ipc.server.handler.queue.size: calls in progress'),
  'dfs.datanode.ipc.address': text('127.0.0.1:9867', 'IPC address'),
  'dfs.datanode.http.address': text('127.0.0.1:9864', 'HTTP address'),
  'dfs.datanode.hostname': text('', 'Name the DataNode registers under; empty: the host of its data address'),
  'dfs.datanode.data.dir': list('file://${hadoop.tmp.dir}/dfs/data', 'Directories of the volumes'),
  'dfs.datanode.du.reserved': bytes(0, 'Space on each volume that is not for blocks'),
  'dfs.datanode.failed.volumes.tolerated': integer(0, 'Volumes that may fail before the DataNode stops'),
  'dfs.datanode.max.transfer.threads': integer(4096, 'Most data transfers at once'),
  'dfs.datanode.peer.stats.enabled': bool(
    false,
    'DataNodes measure how fast others take packets and report slow ones; the NameNode keeps the reports',
  ),
  'dfs.datanode.peer.metrics.min.outlier.detection.samples': integer(
    1000,
    'Packets above which a DataNode’s speed counts, within three hours',
  ),
  'dfs.datanode.min.outlier.detection.nodes': integer(10, 'DataNodes measured below which none is found slow'),
  'dfs.datanode.slowpeer.low.threshold.ms': millis(5, 'A DataNode that takes packets within it is not slow'),
  'dfs.datanode.outliers.report.interval': millis('30m', 'Pause between reports of slow DataNodes'),
  'dfs.datanode.max.nodes.to.report': integer(5, 'Slow DataNodes that /jmx of the NameNode shows'),
  'dfs.pipeline.ecn': bool(false, 'Acks say when a DataNode’s machine is overloaded, so that writers slow down'),
  'dfs.pipeline.slownode': bool(false, 'Acks say when the NameNode has found that a DataNode is slow'),
  'dfs.pipeline.congestion.ratio': decimal(1.5, 'Load for each processor above which a machine is overloaded'),
  'dfs.datanode.xceiver.stop.timeout.millis': millis(60000, 'How long a recovery waits for a writer to end'),
  'dfs.datanode.restart.replica.expiration': seconds(50, 'Writers wait so long for a restart announced to them'),
  'dfs.datanode.synconclose': bool(false, 'fsync a block when it is closed'),
  'dfs.datanode.socket.write.timeout': millis(480000, 'Limit of a write to a client or mirror'),
  'dfs.datanode.transfer.socket.send.buffer.size': bytes(0, 'Socket buffer; 0: the system decides'),
  'dfs.datanode.socket.reuse.keepalive': millis(4000, 'How long a data connection may wait for its next operation'),
  'dfs.datanode.use.datanode.hostname': bool(false, 'DataNodes connect to each other by name'),
  'dfs.datanode.balance.bandwidthPerSec': bytes('100m', 'Bandwidth of the moves that the balancer orders'),
  'dfs.datanode.balance.max.concurrent.moves': integer(100, 'Most moves that the balancer may order at once'),
  'dfs.datanode.directoryscan.interval': seconds(
    21600,
    'Pause between comparisons of block files with memory; 0: none',
  ),
  'dfs.datanode.scan.period.hours': integer(504, 'In so long every block is read and verified; less than 0: never'),
  'dfs.block.scanner.volume.bytes.per.second': bytes(1048576, 'What verifying reads of each volume; 0: nothing'),
  'dfs.block.scanner.cursor.save.interval.ms': millis(600000, 'How often the verification’s progress is kept'),
  'dfs.datanode.data.transfer.bandwidthPerSec': bytes(0, 'Bandwidth of copies to other DataNodes; 0: no limit'),
  'dfs.block.local-path-access.user': list('', 'Users who may ask where block files lie'),
  'dfs.heartbeat.interval': seconds(3, 'Pause between heartbeats'),
  'dfs.blockreport.intervalMsec': millis(21600000, 'Pause between full block reports'),
  'dfs.blockreport.initialDelay': seconds(0, 'Largest random delay of the first full report'),
  'dfs.blockreport.split.threshold': integer(1000000, 'Blocks above which each volume is reported by itself'),
  'dfs.blockreport.incremental.intervalMsec': millis(0, 'Pause between incremental reports; 0: at once'),
  // ---- both
  'calf.fault.injection.enabled': bool(
    false,
    'Daemons take faults at /fault of their HTTP address, from this machine; calf start and MiniCluster set it',
  ),
  // ---- client
  'dfs.replication': integer(3, 'Replication of new files'),
  'dfs.blocksize': bytes(134217728, 'Block size of new files'),
  'dfs.bytes-per-checksum': integer(512, 'Bytes per checksum'),
  'dfs.checksum.type': text('CRC32C', 'CRC32C, CRC32 or NULL'),
  'dfs.checksum.combine.mode': text('MD5MD5CRC', 'How a file checksum is made: MD5MD5CRC or COMPOSITE_CRC'),
  'dfs.client-write-packet-size': bytes(65536, 'Packet size'),
  'dfs.client.write.max-packets-in-flight': integer(80, 'Packets that may wait for an ack'),
  'dfs.client.socket-timeout': millis(60000, 'Silence after which a DataNode is given up'),
  'dfs.client.slow.io.warning.threshold.ms': millis(30000, 'A wait for an ack that is longer is warned of'),
  'dfs.client.block.write.retries': integer(3, 'Further tries to get a pipeline for a block'),
  'dfs.client.block.write.locateFollowingBlock.retries': integer(5, 'Further addBlock and complete calls'),
  'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': millis(400, 'First pause between them, doubled'),
  'dfs.client.block.write.locateFollowingBlock.max.delay.ms': millis(60000, 'Longest pause between them'),
  'dfs.client.block.write.replace-datanode-on-failure.enable': bool(true, 'Replace a failed DataNode of a pipeline'),
  'dfs.client.block.write.replace-datanode-on-failure.policy': text('DEFAULT', 'NEVER, DEFAULT or ALWAYS'),
  'dfs.client.block.write.replace-datanode-on-failure.best-effort': bool(
    true,
    'Go on when none can be had; Hadoop: false',
  ),
  'dfs.client.block.write.replace-datanode-on-failure.min-replication': integer(0, 'Go on with this many'),
  'dfs.client.max.block.acquire.failures': integer(3, 'Times that locations are fetched again'),
  'dfs.client.retry.window.base': millis(3000, 'Base of the random pause before that'),
  'dfs.client.write.exclude.nodes.cache.expiry.interval.millis': millis(
    600000,
    'A node that failed is avoided so long',
  ),
  'dfs.client.congestion.backoff.mean.time': millis(5000, 'Mean pause of a writer whose DataNodes are congested'),
  'dfs.client.congestion.backoff.max.time': millis(50000, 'Longest such pause'),
  'dfs.client.mark.slownode.as.badnode.threshold': integer(
    10,
    'Acks in a row that say that a DataNode is slow, after which it leaves the pipeline; 0: never',
  ),
  'dfs.client.retry.policy.enabled': bool(false, 'Send calls again while the NameNode restarts or is in safe mode'),
  'dfs.client.retry.policy.spec': text('10000,6,60000,10', 'Pairs of a mean pause, ms, and how often'),
  'dfs.client.write.recover.lease.on.close.exception': bool(false, 'Recover the lease of a file that fails to close'),
  'dfs.client.retry.times.get-last-block-length': integer(3, 'Times that the last block of an open file is located'),
  'dfs.client.retry.interval-ms.get-last-block-length': millis(4000, 'Pause between them'),
  'dfs.client.datanode-restart.timeout': seconds(30, 'A restarting DataNode of a pipeline is waited for so long'),
  'dfs.client.use.datanode.hostname': bool(false, 'Connect to DataNodes by name'),
  'dfs.client.server-defaults.validity.period.ms': millis(3600000, 'How long server defaults are kept'),
  'dfs.user.home.dir.prefix': text('/user', 'Home directories lie in it'),
  // ---- balancer
  'dfs.balancer.movedWinWidth': millis(5400000, 'A block that was moved stays where it is so long'),
  'dfs.balancer.moverThreads': integer(1000, 'Most blocks moved at once'),
  'dfs.balancer.dispatcherThreads': integer(200, 'DataNodes whose blocks are handed out at once'),
  'dfs.balancer.max-size-to-move': bytes(10737418240, 'The most that a DataNode gives or takes in a round'),
  'dfs.balancer.getBlocks.size': bytes(2147483648, 'Blocks asked of the NameNode at once, by their bytes'),
  'dfs.balancer.getBlocks.min-block-size': bytes(10485760, 'Smaller blocks are not moved'),
  'dfs.balancer.getBlocks.hot-time-interval': millis(0, 'Blocks of files changed so recently come last; 0: any order'),
  'dfs.balancer.block-move.timeout': millis(0, 'Time after which a move is not waited for; 0: none'),
  'dfs.balancer.max-no-move-interval': millis(60000, 'Time without a possible move after which a source is left alone'),
  'dfs.balancer.max-iteration-time': millis(1200000, 'Longest time of a round'),
  'dfs.balancer.service.interval': seconds(300, 'Pause between two runs with -asService'),
  'dfs.balancer.service.retries.on.exception': integer(5, 'Failed runs in a row that end -asService'),
  'dfs.namenode.get-blocks.max-qps': integer(20, 'getBlocks calls of a balancer in a second; 0: any number'),
  // ---- MapReduce
  'mapreduce.framework.name': text('calf', 'local: in this process; calf: on the JobTracker; Hadoop: local or yarn'),
  'mapreduce.jobtracker.http.address': text('127.0.0.1:8088', 'HTTP address of the JobTracker'),
  'mapreduce.tasktracker.http.address': text('127.0.0.1:8042', 'HTTP address of a TaskTracker'),
  'mapreduce.shuffle.port': integer(13562, 'Port of the shuffle server, on the host of the TaskTracker'),
  'mapreduce.tasktracker.map.tasks.maximum': integer(2, 'Map slots of a TaskTracker'),
  'mapreduce.tasktracker.reduce.tasks.maximum': integer(2, 'Reduce slots of a TaskTracker'),
  'mapreduce.jobtracker.staging.root.dir': text('/tmp/calf-staging', 'Job files are staged here, in HDFS'),
  'mapreduce.cluster.local.dir': text('${hadoop.tmp.dir}/mapred/local', 'Spills and map outputs'),
  'mapreduce.job.reduces': integer(1, 'Reduce tasks'),
  'mapreduce.job.name': text('', 'Name of the job'),
  'mapreduce.job.reduce.slowstart.completedmaps': decimal(0.05, 'Share of maps done before reduces start'),
  'mapreduce.map.maxattempts': integer(4, 'Tries of a map task'),
  'mapreduce.reduce.maxattempts': integer(4, 'Tries of a reduce task'),
  'mapreduce.task.io.sort.mb': integer(100, 'MiB of the sort buffer'),
  'mapreduce.map.sort.spill.percent': decimal(0.8, 'Share of the sort buffer at which it is spilled'),
  'mapreduce.task.io.sort.factor': integer(10, 'Streams merged at once'),
  'mapreduce.reduce.shuffle.parallelcopies': integer(5, 'Map outputs that a reduce fetches at once'),
  'mapreduce.reduce.memory.totalbytes': bytes(
    268435456,
    'Map outputs that a reduce keeps in memory; others go to disk',
  ),
  'mapreduce.jobtracker.expire.trackers.interval': millis(30000, 'Silence after which a TaskTracker is lost'),
  'mapreduce.tasktracker.heartbeat.interval': millis(
    1000,
    'Pause between heartbeats of a TaskTracker; news goes at once',
  ),
  'mapreduce.local.map.tasks.maximum': integer(0, 'Map tasks at once without a cluster; 0: one for each core'),
  'mapreduce.local.reduce.tasks.maximum': integer(0, 'Reduce tasks at once without a cluster; 0: one for each core'),
  'mapreduce.task.timeout': millis(600000, 'A task that shows no progress so long is killed; 0: never'),
  'mapreduce.input.fileinputformat.split.minsize': bytes(0, 'Smallest split'),
  'mapreduce.input.fileinputformat.split.maxsize': bytes(Number.MAX_SAFE_INTEGER, 'Largest split'),
} as const satisfies Record<string, Property<unknown>>;

export type KeyName = keyof typeof KEYS;
export type KeyValue<K extends KeyName> = (typeof KEYS)[K] extends Property<infer T> ? T : never;
