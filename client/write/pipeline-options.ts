/** The settings of a write pipeline. */
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
  /** Interval of heartbeats to a pipeline without packets: half of dfs.client.socket-timeout. */
  readonly heartbeatIntervalMs: number;
  /** Returns the ms without an ack after which a pipeline with this number of nodes is given up; default: never. */
  readonly ackTimeoutMs?: (nodes: number) => number;
  /** dfs.client.write.exclude.nodes.cache.expiry.interval.millis */
  readonly excludeMs: number;
  /** The place at which an append goes on; undefined for a new file. */
  readonly append?: AppendPoint | undefined;
}

/** Reads the options from the configuration of a client. */
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
