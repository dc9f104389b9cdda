/** Properties of hdfs-site.xml that clients read. */
import { bool, integer, millis, oneOf, type PropertyTable, seconds, text } from './property.ts';

export const CLIENT_KEYS = {
  'dfs.checksum.combine.mode': oneOf('MD5MD5CRC', 'COMPOSITE_CRC')(
    'MD5MD5CRC',
    "Form of a file's checksum; COMPOSITE_CRC is refused",
  ),
  'dfs.client.write.max-packets-in-flight': integer(80, 'Most packets that wait for an ack'),
  'dfs.client.slow.io.warning.threshold.ms': millis(30000, 'A client warns of a longer wait for an ack'),
  'dfs.client.block.write.retries': integer(3, 'Further tries to set up a pipeline for a block'),
  'dfs.client.block.write.locateFollowingBlock.retries': integer(5, 'Further addBlock and complete calls'),
  'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': millis(
    400,
    'First pause between those calls; each further pause is twice as long',
  ),
  'dfs.client.block.write.locateFollowingBlock.max.delay.ms': millis(60000, 'Longest pause between those calls'),
  'dfs.client.block.write.replace-datanode-on-failure.enable': bool(
    true,
    'A DataNode that fails in a pipeline is replaced',
  ),
  'dfs.client.block.write.replace-datanode-on-failure.policy': text('DEFAULT', 'NEVER, DEFAULT or ALWAYS'),
  'dfs.client.block.write.replace-datanode-on-failure.best-effort': bool(
    true,
    'A writer goes on with the DataNodes that are left if there is no replacement',
    'false',
  ),
  'dfs.client.block.write.replace-datanode-on-failure.min-replication': integer(
    0,
    'A writer goes on without a replacement if at least this number of DataNodes is left; 0: never',
  ),
  'dfs.client.max.block.acquire.failures': integer(3, 'Times that a reader asks for the locations of a block again'),
  'dfs.client.retry.window.base': millis(3000, 'Base of the random pause before the reader asks again'),
  'dfs.client.write.exclude.nodes.cache.expiry.interval.millis': millis(
    600000,
    'Time for which a writer avoids a DataNode that failed',
  ),
  'dfs.client.congestion.backoff.mean.time': millis(5000, 'Mean pause of a writer whose DataNodes are overloaded'),
  'dfs.client.congestion.backoff.max.time': millis(50000, 'Longest pause of a writer whose DataNodes are overloaded'),
  'dfs.client.mark.slownode.as.badnode.threshold': integer(
    10,
    'Acks in a row that call a DataNode slow, after which it leaves the pipeline; 0: never',
  ),
  'dfs.client.retry.policy.enabled': bool(false, 'Calls are sent again while the NameNode restarts or is in safe mode'),
  'dfs.client.retry.policy.spec': text('10000,6,60000,10', 'Pairs of a mean pause in ms and a number of tries'),
  'dfs.client.write.recover.lease.on.close.exception': bool(false, 'If closing a file fails, its lease is recovered'),
  'dfs.client.retry.times.get-last-block-length': integer(3, 'Tries to locate the last block of a file being written'),
  'dfs.client.retry.interval-ms.get-last-block-length': millis(4000, 'Pause between those tries'),
  'dfs.client.datanode-restart.timeout': seconds(30, 'Time that a writer waits for a DataNode that restarts'),
  'dfs.client.use.datanode.hostname': bool(false, 'Clients connect to DataNodes by name'),
  'dfs.client.server-defaults.validity.period.ms': millis(3600000, 'Time for which server defaults are kept'),
  'dfs.user.home.dir.prefix': text('/user', 'Directory in which home directories lie'),
} as const satisfies PropertyTable;
