/** Finds the DataNodes that take packets slowly. */

import type { Configuration } from '../../conf/configuration.ts';
import type { DatanodeInfoProto, SlowPeerReportProto } from '../../protocol/gen/messages.ts';
import { reportedLatencies } from '../../protocol/slow-peers.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { findOutliers, type OutlierLimits } from './outlier-detector.ts';
import { RollingAverages } from './rolling-averages.ts';
import { SendTimer } from './send-timer.ts';

export interface PeerMetricsOptions extends OutlierLimits {
  /** Peers that were sent no more packets than this are not judged. */
  readonly samplesMin: number;
  /** The pause between reports to the NameNode, in milliseconds. */
  readonly reportIntervalMs: number;
}

/** The times that other DataNodes need to take packets, and the slow ones among them (Hadoop: DataNodePeerMetrics). */
export class DatanodePeerMetrics {
  readonly #averages = new RollingAverages();
  readonly #options: PeerMetricsOptions;
  readonly #clock: Clock;
  #reportDueMs = Number.NEGATIVE_INFINITY;

  constructor(options: PeerMetricsOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Returns undefined without dfs.datanode.peer.stats.enabled. */
  static from(conf: Configuration, clock: Clock): DatanodePeerMetrics | undefined {
    if (!conf.get('dfs.datanode.peer.stats.enabled')) return undefined;
    const options = {
      samplesMin: conf.get('dfs.datanode.peer.metrics.min.outlier.detection.samples'),
      nodesMin: conf.get('dfs.datanode.min.outlier.detection.nodes'),
      lowThresholdMs: conf.get('dfs.datanode.slowpeer.low.threshold.ms'),
      reportIntervalMs: conf.get('dfs.datanode.outliers.report.interval'),
    };
    return new DatanodePeerMetrics(options, clock);
  }

  /**
   * Returns a timer for the next node of a pipeline if that is the last node: the time of any other node depends on the
   * nodes behind it.
   *
   * @param targets the nodes behind this one
   */
  timerFor(targets: readonly DatanodeInfoProto[]): SendTimer | undefined {
    const [last] = targets;
    if (!last || targets.length > 1) return undefined;
    const peer = infoAddressOf(last);
    return new SendTimer(this.#clock, (tookMs, packets) => this.addSends(peer, tookMs, packets));
  }

  addSends(peer: string, tookMs: number, packets: number): void {
    this.#averages.add(peer, tookMs, packets, this.#clock.monotonicMs());
  }

  /** Returns the slow peers if a report is due, undefined otherwise. The caller calls reported() once it is sent. */
  dueReport(): SlowPeerReportProto[] | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#reportDueMs) return undefined;
    const stats = this.#averages.stats(this.#options.samplesMin, nowMs);
    return [...findOutliers(stats, this.#options)].map(([dataNodeId, outlier]) => ({
      dataNodeId,
      ...reportedLatencies(outlier),
    }));
  }

  /** Notes that the NameNode has the report that was due. */
  reported(): void {
    this.#reportDueMs = this.#clock.monotonicMs() + this.#options.reportIntervalMs;
  }

  /** Returns the averages in milliseconds as JSON, for the attribute SendPacketDownstreamAvgInfo of DataNodeInfo. */
  averagesText(): string {
    const stats = this.#averages.stats(0, this.#clock.monotonicMs());
    return JSON.stringify(Object.fromEntries([...stats].map(([peer, ms]) => [`[${peer}]RollingAvgTime`, ms])));
  }
}

/** Returns `ip:port` of a DataNode's web pages, by which Hadoop's reports name a DataNode. */
function infoAddressOf({ id }: DatanodeInfoProto): string {
  return `${id.ipAddr}:${id.infoSecurePort || id.infoPort}`;
}
