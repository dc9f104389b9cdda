/** Reports of DataNodes about slow peers (Hadoop: SlowPeerTracker). */

/** Latencies that a DataNode measured of another one, in ms (Hadoop: OutlierMetrics). */
export interface OutlierMetrics {
  readonly actualLatencyMs: number;
  readonly medianMs: number;
  readonly madMs: number;
  readonly upperLimitMs: number;
}

/** A DataNode that others find slow, and the latencies that each of them measured. */
export interface SlowPeer {
  readonly slowNode: string;
  readonly reports: readonly (OutlierMetrics & { readonly reportingNode: string })[];
}

/**
 * Which DataNodes others have reported as slow, while their reports are fresh (Hadoop: SlowPeerTracker). Names are
 * whatever the caller uses: the address of its web pages for a slow node, its IPC address for one that reports.
 */
export class SlowPeerTracker {
  readonly #validMs: number;
  readonly #reports = new Map<string, Map<string, { readonly atMs: number; readonly metrics: OutlierMetrics }>>();

  /** @param validMs how long a report counts */
  constructor(validMs: number) {
    this.#validMs = validMs;
  }

  /** A report takes the place of the one before of the same DataNode. */
  add(slowNode: string, reportingNode: string, metrics: OutlierMetrics, nowMs: number): void {
    let reports = this.#reports.get(slowNode);
    if (reports === undefined) {
      reports = new Map();
      this.#reports.set(slowNode, reports);
    }
    reports.set(reportingNode, { atMs: nowMs, metrics });
  }

  /** At most `nodesMax` slow DataNodes, those that most others report, these first. */
  slowest(nodesMax: number, nowMs: number): SlowPeer[] {
    const peers = [...this.#reports].map(([slowNode, reports]) => ({
      slowNode,
      reports: [...reports]
        .filter(([, { atMs }]) => nowMs - atMs < this.#validMs)
        .map(([reportingNode, { metrics }]) => ({ reportingNode, ...metrics }))
        .sort((a, b) => (a.reportingNode < b.reportingNode ? -1 : 1)),
    }));
    const found = peers.filter(({ reports }) => reports.length > 0);
    found.sort((a, b) => b.reports.length - a.reports.length || (a.slowNode < b.slowNode ? -1 : 1));
    return found.slice(0, Math.max(0, nodesMax));
  }

  /** The same as the text that Hadoop's NameNodeStatus bean has. */
  json(nodesMax: number, nowMs: number): string {
    const peers = this.slowest(nodesMax, nowMs).map(({ slowNode, reports }) => ({
      SlowNode: slowNode,
      SlowPeerLatencyWithReportingNodes: reports.map((report) => ({
        ReportingNode: report.reportingNode,
        ReportedLatency: report.actualLatencyMs,
        MedianLatency: report.medianMs,
        MadLatency: report.madMs,
        UpperLimitLatency: report.upperLimitMs,
      })),
    }));
    return JSON.stringify(peers);
  }

  /** Drops the reports that no longer count. */
  forgetOld(nowMs: number): void {
    for (const [slowNode, reports] of this.#reports) {
      for (const [reportingNode, { atMs }] of reports) {
        if (nowMs - atMs >= this.#validMs) reports.delete(reportingNode);
      }
      if (reports.size === 0) this.#reports.delete(slowNode);
    }
  }
}
