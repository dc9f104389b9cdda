/** The load and the speed of a DataNode, which each of its acks carries. */
import type { Clock } from '../../runtime/runtime.ts';

/** The load that a DataNode tells of in each ack (Hadoop: PipelineAck.ECN). */
export const Ecn = { DISABLED: 0, SUPPORTED: 1, CONGESTED: 3 } as const;
export type Ecn = (typeof Ecn)[keyof typeof Ecn];

/** The shortest time between two questions for the machine's load. */
const LOAD_AGE_MAX_MS = 1000;

/** Explicit congestion notification: a writer that hears CONGESTED slows down (Hadoop: DataNode.getECN). */
export class CongestionSignal {
  readonly #loadAverage: () => number;
  readonly #congestedLoad: number;
  readonly #clock: Clock;
  #askedMs = Number.NEGATIVE_INFINITY;
  #ecn: Ecn = Ecn.SUPPORTED;

  /**
   * @param loadAverage returns the average number of processes that wanted to run during the last minute
   * @param options.ratio dfs.pipeline.congestion.ratio: more such processes for each processor are congestion
   */
  constructor(loadAverage: () => number, options: { processors: number; ratio: number; clock: Clock }) {
    this.#loadAverage = loadAverage;
    this.#congestedLoad = options.processors * options.ratio;
    this.#clock = options.clock;
  }

  get ecn(): Ecn {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedMs >= LOAD_AGE_MAX_MS) {
      this.#askedMs = nowMs;
      this.#ecn = this.#loadAverage() > this.#congestedLoad ? Ecn.CONGESTED : Ecn.SUPPORTED;
    }
    return this.#ecn;
  }
}

/** The NameNode's judgement of a DataNode's speed, which each of its acks carries (Hadoop: PipelineAck.SLOW). */
export const Slow = { DISABLED: 0, NORMAL: 1, SLOW: 2 } as const;
export type Slow = (typeof Slow)[keyof typeof Slow];

/**
 * Returns a node's flag in an ack (Hadoop: PipelineAck.StatusFormat). From the lowest bit:
 *
 *     | 4 bits status | 1 bit reserved | 2 bits ECN | 2 bits slowness |
 */
export function ackFlag(status: number, ecn: Ecn, slow: Slow): number {
  return status | (ecn << 5) | (slow << 7);
}
