/** The pace of a writer: waiting for congested DataNodes, leaving out slow ones. */
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { nodeList, type PipelineNode } from '../dfs/allocated-block.ts';
import { samePlace } from './pipeline-nodes.ts';

export interface PipelinePaceOptions {
  /** dfs.client.congestion.backoff.mean.time and .max.time; default 5 s and 50 s. */
  readonly congestionMeanMs?: number;
  readonly congestionMaxMs?: number;
  /** dfs.client.mark.slownode.as.badnode.threshold: acks in a row; 0 never; default 10. */
  readonly slowNodeThreshold?: number;
  /** Returns a number in [0, 1), so that writers do not all come back at once; default 0.5. */
  readonly random?: () => number;
}

/**
 * Obeys the flags of acks: the writer sends nothing for a while when DataNodes are congested, and a node that says in many
 * acks in a row that it is slow is taken for bad (Hadoop: DataStreamer.backOffIfNecessary, markSlowNode).
 */
export class PipelinePace {
  readonly #options: Required<PipelinePaceOptions>;
  #congested: readonly number[] = [];
  #lastBackoffMs = 0;
  /** Infinity while the writer may send. */
  #resumeAtMs = Number.POSITIVE_INFINITY;
  /** The slow nodes, each with the number of acks in a row that said so. */
  #slow: { info: DatanodeInfoProto; acks: number }[] = [];

  constructor(options: PipelinePaceOptions) {
    this.#options = {
      congestionMeanMs: options.congestionMeanMs ?? 5000,
      congestionMaxMs: options.congestionMaxMs ?? 50_000,
      slowNodeThreshold: options.slowNodeThreshold ?? 10,
      random: options.random ?? (() => 0.5),
    };
  }

  /** The time at which maybeResume() is due; Infinity if it is not. */
  get resumeAtMs(): number {
    return this.#resumeAtMs;
  }

  get isBackingOff(): boolean {
    return this.#resumeAtMs !== Number.POSITIVE_INFINITY;
  }

  /** Forgets the flags of the old pipeline, when a new one begins. */
  begin(): void {
    this.#congested = [];
    this.#slow = [];
    this.#resumeAtMs = Number.POSITIVE_INFINITY;
  }

  heardCongestion(places: readonly number[]): void {
    this.#congested = places;
    if (places.length === 0) this.#lastBackoffMs = 0;
  }

  /** Returns the node that has been slow for too long, if there is one. */
  heardSlowness(nodes: readonly PipelineNode[]): { node: PipelineNode; error: HadoopError } | undefined {
    if (nodes.length === 0 && this.#slow.length === 0) return undefined;
    // A node that is not slow in this ack starts from 0 again.
    const before = this.#slow;
    const acksOf = (info: DatanodeInfoProto): number => before.find((s) => samePlace(s.info, info))?.acks ?? 0;
    this.#slow = nodes.map(({ info }) => ({ info, acks: acksOf(info) + 1 }));
    const { slowNodeThreshold } = this.#options;
    const node = nodes.find((_, i) => slowNodeThreshold > 0 && (this.#slow[i]?.acks ?? 0) >= slowNodeThreshold);
    if (!node) return undefined;
    const message = `Receive reply from slowNode ${nodeList([node])} for continuous ${slowNodeThreshold} times, treating it as badNode`;
    return { node, error: hadoopError('IOException', message) };
  }

  /**
   * Begins a wait if nodes are congested, before a packet is sent. Each wait in a row is up to three times as long.
   * Returns a message for the user if a wait begins.
   */
  maybeBackOff(nodes: readonly PipelineNode[], nowMs: number): string | undefined {
    if (this.isBackingOff || this.#congested.length === 0) return undefined;
    const { congestionMeanMs, congestionMaxMs, random } = this.#options;
    const tripled = this.#lastBackoffMs * 3;
    const range = Math.abs(tripled - congestionMeanMs);
    const delayMs = Math.min(congestionMaxMs, Math.floor(Math.min(tripled, congestionMeanMs) + random() * range));
    const names = nodeList(this.#congested.flatMap((place) => nodes[place] ?? []));
    this.#congested = [];
    this.#lastBackoffMs = delayMs;
    this.#resumeAtMs = nowMs + delayMs;
    return `DataNodes ${names} are congested. Backing off for ${delayMs} ms`;
  }

  maybeResume(nowMs: number): void {
    if (nowMs >= this.#resumeAtMs) this.#resumeAtMs = Number.POSITIVE_INFINITY;
  }
}
