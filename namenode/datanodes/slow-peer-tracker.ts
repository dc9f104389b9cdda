/** Keeps the reports of DataNodes about slow peers (Hadoop: SlowPeerTracker). */
import type { OutlierMetrics } from '../../protocol/slow-peers.ts';

/** A DataNode that others reported as slow, and the latencies that each of them measured. */
export interface SlowPeer {
  readonly slowNode: string;
  readonly reports: readonly (OutlierMetrics & { readonly reportingNode: string })[];
}

/**
 * The reports about slow DataNodes that are still valid (Hadoop: SlowPeerTracker). The caller chooses the names: it
 * uses the address of the web server for a slow node, and the IPC address for a reporting node.
 */
export class SlowPeerTracker {
  readonly #validMs: number;
  readonly #reports = new Map<string, Map<string, { readonly atMs: number; readonly metrics: OutlierMetrics }>>();

  /** @param validMs time for which a report is valid */
  constructor(validMs: number) {
    this.#validMs = validMs;
  }

  /** Adds a report, which replaces the earlier one of the same DataNode about the same node. */
  add(slowNode: string, reportingNode: string, metrics: OutlierMetrics, nowMs: number): void {
    let reports = this.#reports.get(slowNode);
    if (reports === undefined) {
      reports = new Map();
      this.#reports.set(slowNode, reports);
    }
    reports.set(reportingNode, { atMs: nowMs, metrics });
  }

  /** Returns at most `nodesMax` slow DataNodes, those with the most reports first. */
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

  /** Returns the slowest DataNodes as the JSON text of Hadoop's NameNodeStatus bean. */
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

  /** Removes the reports that are no longer valid. */
  forgetOld(nowMs: number): void {
    for (const [slowNode, reports] of this.#reports) {
      for (const [reportingNode, { atMs }] of reports) {
        if (nowMs - atMs >= this.#validMs) reports.delete(reportingNode);
      }
      if (reports.size === 0) this.#reports.delete(slowNode);
    }
  }
}
