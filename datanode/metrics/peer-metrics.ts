/** Finds the DataNodes that take packets slowly. */
import type { Configuration } from '../../conf/configuration.ts';
import type { DatanodeInfoProto, SlowPeerReportProto } from '../../protocol/gen/messages.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { findOutliers, type OutlierLimits } from './outlier-detector.ts';
import { RollingAverages } from './rolling-averages.ts';
import { SendTimer } from './send-timer.ts';

export interface PeerMetricsOptions extends OutlierLimits {
  /** A peer that was sent no more packets is not judged. */
  readonly samplesMin: number;
  /** Pause between reports to the NameNode. */
  readonly reportIntervalMs: number;
}

/** How long other DataNodes take to take packets, and which of them are slow (Hadoop: DataNodePeerMetrics). */
export class DatanodePeerMetrics {
  readonly #averages = new RollingAverages();
  readonly #options: PeerMetricsOptions;
  readonly #clock: Clock;
  #reportDueMs = Number.NEGATIVE_INFINITY;

  constructor(options: PeerMetricsOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Undefined without dfs.datanode.peer.stats.enabled. */
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
   * Measures what is sent to a pipeline's next node, when that is the last one: what a node further up takes depends on
   * those behind it, too.
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

  /** The slow peers, when it is time to report them; undefined otherwise. To be told of with reported(). */
  dueReport(): SlowPeerReportProto[] | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#reportDueMs) return undefined;
    const stats = this.#averages.stats(this.#options.samplesMin, nowMs);
    return [...findOutliers(stats, this.#options)].map(([dataNodeId, outlier]) => ({
      dataNodeId,
      aggregateLatency: outlier.actualLatencyMs,
      median: outlier.medianMs,
      mad: outlier.madMs,
      upperLimitLatency: outlier.upperLimitMs,
    }));
  }

  /** The NameNode has got a report that was due. */
  reported(): void {
    this.#reportDueMs = this.#clock.monotonicMs() + this.#options.reportIntervalMs;
  }

  /** The averages as DataNodeInfo's SendPacketDownstreamAvgInfo has them: a JSON text, ms. */
  averagesText(): string {
    const stats = this.#averages.stats(0, this.#clock.monotonicMs());
    return JSON.stringify(Object.fromEntries([...stats].map(([peer, ms]) => [`[${peer}]RollingAvgTime`, ms])));
  }
}

/** `ip:port` of a DataNode's web pages: what Hadoop's DataNodes call each other in these reports. */
function infoAddressOf({ id }: DatanodeInfoProto): string {
  return `${id.ipAddr}:${id.infoSecurePort || id.infoPort}`;
}
