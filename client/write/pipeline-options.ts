import type { DfsClient } from '../dfs/dfs-client.ts';
import type { AppendPoint } from './pipeline-events.ts';
import type { PipelinePaceOptions } from './pipeline-pace.ts';
import type { RecoveryOptions } from './pipeline-recovery.ts';
import { replaceDatanodeRule } from './replace-datanode.ts';

export interface WritePipelineOptions
  extends Pick<RecoveryOptions, 'replication' | 'replaceDatanode' | 'datanodeRestartTimeoutMs' | 'isLocal'>,
    PipelinePaceOptions {
  /** dfs.client.write.max-packets-in-flight: packets in both queues together. */
  readonly packetsInFlightMax: number;
  /** dfs.client.block.write.retries */
  readonly setupRetries: number;
  /** dfs.client.block.write.locateFollowingBlock.retries and .initial.delay.ms */
  readonly locateRetries: number;
  readonly locateDelayMs: number;
  /** dfs.client.block.write.locateFollowingBlock.max.delay.ms; default 60 s. */
  readonly locateDelayMaxMs?: number;
  /** Half of dfs.client.socket-timeout: a quiet pipeline is sent a heartbeat so often. */
  readonly heartbeatIntervalMs: number;
  /** Silence after which a pipeline of so many nodes is given up; default: never. */
  readonly ackTimeoutMs?: (nodes: number) => number;
  /** dfs.client.write.exclude.nodes.cache.expiry.interval.millis */
  readonly excludeMs: number;
  /** For a file that is appended to. */
  readonly append?: AppendPoint | undefined;
}

/** As the client's configuration has it. */
export function writePipelineOptions(
  client: DfsClient,
  file: Pick<WritePipelineOptions, 'replication' | 'append'>,
): WritePipelineOptions {
  const { conf } = client;
  return {
    replication: file.replication,
    packetsInFlightMax: conf.get('dfs.client.write.max-packets-in-flight'),
    replaceDatanode: replaceDatanodeRule(conf),
    setupRetries: conf.get('dfs.client.block.write.retries'),
    locateRetries: conf.get('dfs.client.block.write.locateFollowingBlock.retries'),
    locateDelayMs: conf.get('dfs.client.block.write.locateFollowingBlock.initial.delay.ms'),
    locateDelayMaxMs: conf.get('dfs.client.block.write.locateFollowingBlock.max.delay.ms'),
    heartbeatIntervalMs: conf.get('dfs.client.socket-timeout') / 2 || Number.POSITIVE_INFINITY,
    ackTimeoutMs: (nodes) => client.readTimeoutMs(nodes),
    datanodeRestartTimeoutMs: conf.get('dfs.client.datanode-restart.timeout'),
    excludeMs: conf.get('dfs.client.write.exclude.nodes.cache.expiry.interval.millis'),
    isLocal: (node) => client.isLocal(node),
    congestionMeanMs: conf.get('dfs.client.congestion.backoff.mean.time'),
    congestionMaxMs: conf.get('dfs.client.congestion.backoff.max.time'),
    slowNodeThreshold: conf.get('dfs.client.mark.slownode.as.badnode.threshold'),
    random: () => client.random.next(),
    append: file.append,
  };
}
