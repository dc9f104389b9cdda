/** Decides which DataNodes are slow, from reports of other DataNodes. */
import type { OutlierMetrics } from '../../protocol/slow-peers.ts';
import type { SlowDatanodes } from '../blocks/block-state.ts';
import type { DatanodeRegistry } from '../blocks/locations/datanode-registry.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import { SlowPeerTracker } from './slow-peer-tracker.ts';

/** A report of a slow DataNode is valid for this many report intervals. */
const REPORT_VALIDITY_INTERVALS = 3;

/** The settings that dfs.datanode.peer.stats.enabled turns on. Times are in ms. */
export interface SlowNodesConfig {
  /** dfs.datanode.outliers.report.interval. */
  readonly reportIntervalMs: number;
  /** dfs.datanode.max.nodes.to.report: number of slow DataNodes that /jmx shows. */
  readonly shownMax: number;
  /** dfs.namenode.slowpeer.collect.interval. */
  readonly collectIntervalMs: number;
  /** dfs.namenode.max.slowpeer.collect.nodes. */
  readonly collectedMax: number;
  /** dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled. */
  readonly areExcluded: boolean;
  /** dfs.namenode.avoid.read.slow.datanode. */
  readonly areReadLast: boolean;
}

export interface SlowPeerReport {
  /** `ip:port` of the web server of the slow DataNode. */
  readonly slowNode: string;
  readonly metrics: OutlierMetrics;
}

const NONE: ReadonlySet<string> = new Set();

/** The DataNodes that others found slow (Hadoop: a part of DatanodeManager). */
export class SlowNodes implements SlowDatanodes {
  readonly #config: SlowNodesConfig;
  readonly #tracker: SlowPeerTracker;
  #uuids = NONE;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(config: SlowNodesConfig) {
    this.#config = config;
    this.#tracker = new SlowPeerTracker(REPORT_VALIDITY_INTERVALS * config.reportIntervalMs);
  }

  /** Adds the reports that a heartbeat of `from` contained. */
  take(from: DatanodeDescriptor, reports: readonly SlowPeerReport[], nowMs: number): void {
    const reportingNode = `${from.id.ipAddr}:${from.id.ipcPort}`;
    for (const { slowNode, metrics } of reports) this.#tracker.add(slowNode, reportingNode, metrics, nowMs);
  }

  /** Returns true if the DataNode was slow at the last collection. The answers to its heartbeats say so. */
  isSlow(datanodeUuid: string): boolean {
    return this.#uuids.has(datanodeUuid);
  }

  /** Returns true if readers should try other DataNodes first. */
  isReadLast(datanodeUuid: string): boolean {
    return this.#config.areReadLast && this.isSlow(datanodeUuid);
  }

  /** UUIDs of the DataNodes that receive no new replicas. */
  get excluded(): ReadonlySet<string> {
    return this.#config.areExcluded ? this.#uuids : NONE;
  }

  /** Collects the slowest DataNodes at each collect interval. They count as slow until the next collection. */
  maybeCollect(registry: DatanodeRegistry, tx: Transaction): void {
    const { collectIntervalMs, collectedMax } = this.#config;
    if (tx.now - this.#collectedMs < collectIntervalMs) return;
    this.#collectedMs = tx.now;
    this.#tracker.forgetOld(tx.now);
    const peers = this.#tracker.slowest(collectedMax, tx.now);
    if (peers.length > 0) tx.log('warn', `Slow nodes list: [${peers.map((peer) => peer.slowNode).join(', ')}]`);
    this.#uuids = new Set(this.#datanodes(registry, collectedMax, tx.now).map((datanode) => datanode.id.datanodeUuid));
  }

  /** Returns all DataNodes with valid reports, for getSlowDatanodeReport. */
  all(registry: DatanodeRegistry, nowMs: number): DatanodeDescriptor[] {
    return this.#datanodes(registry, Number.POSITIVE_INFINITY, nowMs);
  }

  /** Returns the JSON of the attribute SlowPeersReport of Hadoop's NameNodeStatus bean. */
  json(nowMs: number): string {
    return this.#tracker.json(this.#config.shownMax, nowMs);
  }

  #datanodes(registry: DatanodeRegistry, nodesMax: number, nowMs: number): DatanodeDescriptor[] {
    const all = registry.all();
    const found = this.#tracker.slowest(nodesMax, nowMs).flatMap(({ slowNode }) => datanodeAt(all, slowNode) ?? []);
    return [...new Set(found)];
  }
}

/**
 * Returns the DataNode that has its web server at an address, or had it there. Hadoop compares only the IP address, and
 * takes any of the DataNodes that share the address.
 */
function datanodeAt(datanodes: readonly DatanodeDescriptor[], address: string): DatanodeDescriptor | undefined {
  const exact = datanodes.find(({ id }) =>
    [id.infoPort, id.infoSecurePort].some((port) => port > 0 && address === `${id.ipAddr}:${port}`),
  );
  if (exact) return exact;
  const alike = datanodes.filter(({ id }) => address.startsWith(`${id.ipAddr}:`));
  return alike.length === 1 ? alike[0] : undefined;
}
