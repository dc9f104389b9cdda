/** Which DataNodes are slow, from the reports of their peers. */
import type { SlowDatanodes } from '../blocks/block-state.ts';
import type { DatanodeRegistry } from '../blocks/datanode-registry.ts';
import type { DatanodeDescriptor } from '../blocks/model.ts';
import type { Transaction } from '../command/transaction.ts';
import { type OutlierMetrics, SlowPeerTracker } from './slow-peer-tracker.ts';

/** Times the pause between two reports of slow DataNodes: so long a report counts. */
const REPORT_VALIDITY_INTERVALS = 3;

/** The settings of dfs.datanode.peer.stats.enabled. Times are ms. */
export interface SlowNodesConfig {
  /** dfs.datanode.outliers.report.interval. */
  readonly reportIntervalMs: number;
  /** dfs.datanode.max.nodes.to.report: what /jmx shows. */
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
  /** `ip:port` of the slow DataNode's web pages. */
  readonly slowNode: string;
  readonly metrics: OutlierMetrics;
}

const NONE: ReadonlySet<string> = new Set();

/** The DataNodes that others find slow (Hadoop: DatanodeManager's part in it). */
export class SlowNodes implements SlowDatanodes {
  readonly #config: SlowNodesConfig;
  readonly #tracker: SlowPeerTracker;
  #uuids = NONE;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(config: SlowNodesConfig) {
    this.#config = config;
    this.#tracker = new SlowPeerTracker(REPORT_VALIDITY_INTERVALS * config.reportIntervalMs);
  }

  /** A heartbeat of `from` has brought these. */
  take(from: DatanodeDescriptor, reports: readonly SlowPeerReport[], nowMs: number): void {
    const reportingNode = `${from.id.ipAddr}:${from.id.ipcPort}`;
    for (const { slowNode, metrics } of reports) this.#tracker.add(slowNode, reportingNode, metrics, nowMs);
  }

  /** Whether it was slow at the last look: what its heartbeats are answered. */
  isSlow(datanodeUuid: string): boolean {
    return this.#uuids.has(datanodeUuid);
  }

  /** Whether readers are to try other DataNodes first. */
  isReadLast(datanodeUuid: string): boolean {
    return this.#config.areReadLast && this.isSlow(datanodeUuid);
  }

  /** The DataNodes, by uuid, that new replicas must not go to. */
  get excluded(): ReadonlySet<string> {
    return this.#config.areExcluded ? this.#uuids : NONE;
  }

  /** At each collect interval the slowest DataNodes become those that count as slow until the next one. */
  maybeCollect(registry: DatanodeRegistry, tx: Transaction): void {
    const { collectIntervalMs, collectedMax } = this.#config;
    if (tx.now - this.#collectedMs < collectIntervalMs) return;
    this.#collectedMs = tx.now;
    this.#tracker.forgetOld(tx.now);
    const peers = this.#tracker.slowest(collectedMax, tx.now);
    if (peers.length > 0) tx.log('warn', `Slow nodes list: [${peers.map((peer) => peer.slowNode).join(', ')}]`);
    this.#uuids = new Set(this.#datanodes(registry, collectedMax, tx.now).map((datanode) => datanode.id.datanodeUuid));
  }

  /** All that are reported, as getSlowDatanodeReport lists them. */
  all(registry: DatanodeRegistry, nowMs: number): DatanodeDescriptor[] {
    return this.#datanodes(registry, Number.POSITIVE_INFINITY, nowMs);
  }

  /** NameNodeStatus's SlowPeersReport. */
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
 * The DataNode whose web pages are, or were, at an address. Hadoop looks at the IP address alone, and takes any of
 * those that share it.
 */
function datanodeAt(datanodes: readonly DatanodeDescriptor[], address: string): DatanodeDescriptor | undefined {
  const exact = datanodes.find(({ id }) =>
    [id.infoPort, id.infoSecurePort].some((port) => port > 0 && address === `${id.ipAddr}:${port}`),
  );
  if (exact) return exact;
  const alike = datanodes.filter(({ id }) => address.startsWith(`${id.ipAddr}:`));
  return alike.length === 1 ? alike[0] : undefined;
}
