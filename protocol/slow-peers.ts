/** The latencies of a slow DataNode, as heartbeats report them (SlowPeerReportProto). Pure. */

/** The distance of one DataNode's latency from that of the others, in milliseconds (Hadoop: OutlierMetrics). */
export interface OutlierMetrics {
  readonly actualLatencyMs: number;
  readonly medianMs: number;
  /** The scaled median absolute deviation. */
  readonly madMs: number;
  /** The highest latency that is no outlier. */
  readonly upperLimitMs: number;
}

/** The latencies under their names in the message. */
interface ReportedLatencies {
  readonly aggregateLatency?: number;
  readonly median?: number;
  readonly mad?: number;
  readonly upperLimitLatency?: number;
}

/** Returns the fields of the message that has these latencies. */
export function reportedLatencies(metrics: OutlierMetrics): Required<ReportedLatencies> {
  const { actualLatencyMs, medianMs, madMs, upperLimitMs } = metrics;
  return { aggregateLatency: actualLatencyMs, median: medianMs, mad: madMs, upperLimitLatency: upperLimitMs };
}

/** Returns the latencies in a message. A latency that the message does not have is 0. */
export function outlierMetricsOf(report: ReportedLatencies): OutlierMetrics {
  const { aggregateLatency = 0, median = 0, mad = 0, upperLimitLatency = 0 } = report;
  return { actualLatencyMs: aggregateLatency, medianMs: median, madMs: mad, upperLimitMs: upperLimitLatency };
}
