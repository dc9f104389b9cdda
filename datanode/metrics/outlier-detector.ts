/** Finds the values that are far above the others'. Pure. */
import type { OutlierMetrics } from '../../protocol/slow-peers.ts';

export interface OutlierLimits {
  /** With fewer nodes than this, none is an outlier. */
  readonly nodesMin: number;
  /** A node whose latency is not above this is not slow. */
  readonly lowThresholdMs: number;
}

/** For normally distributed values, the median absolute deviation times this is the standard deviation. */
const MAD_MULTIPLIER = 1.4826;
const DEVIATION_MULTIPLIER = 3;
const MEDIAN_MULTIPLIER = 3;

/**
 * Returns the nodes whose average latency is far above the others' (Hadoop: OutlierDetector): above the low threshold, above
 * three times the median, and above the median by three times the median absolute deviation.
 *
 * @param latencies average latency in milliseconds by the node's name
 */
export function findOutliers(
  latencies: ReadonlyMap<string, number>,
  { nodesMin, lowThresholdMs }: OutlierLimits,
): Map<string, OutlierMetrics> {
  const outliers = new Map<string, OutlierMetrics>();
  if (latencies.size === 0 || latencies.size < nodesMin) return outliers;
  const values = [...latencies.values()];
  const medianMs = median(values);
  const madMs = medianAbsoluteDeviation(values);
  const upperLimitMs = Math.max(lowThresholdMs, medianMs * MEDIAN_MULTIPLIER, medianMs + DEVIATION_MULTIPLIER * madMs);
  for (const [name, actualLatencyMs] of latencies) {
    if (actualLatencyMs > upperLimitMs) outliers.set(name, { actualLatencyMs, medianMs, madMs, upperLimitMs });
  }
  return outliers;
}

/** @param values in any order, at least one */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** @param values in any order, at least one */
export function medianAbsoluteDeviation(values: readonly number[]): number {
  const center = median(values);
  return median(values.map((value) => Math.abs(value - center))) * MAD_MULTIPLIER;
}
