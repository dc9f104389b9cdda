/** Queues of blocks that have too few replicas or racks. */
import type { NumberReplicas } from '../locations/block-info.ts';
import type { BlockInfo } from '../locations/model.ts';

/** The queues of LowRedundancyBlocks, those of the most endangered blocks first. */
export const QUEUE_HIGHEST_PRIORITY = 0;
export const QUEUE_VERY_LOW_REDUNDANCY = 1;
export const QUEUE_LOW_REDUNDANCY = 2;
export const QUEUE_REPLICAS_BADLY_DISTRIBUTED = 3;
/** Blocks without a good replica. They cannot be copied, but administrators need their number. */
export const QUEUE_WITH_CORRUPT_BLOCKS = 4;
const LEVELS = 5;

/**
 * Returns the queue of a block that has too few replicas or racks (LowRedundancyBlocks.getPriority). The highest
 * priority is for a single live replica, or replicas only on DataNodes out of service. Then come blocks with less than
 * a third of the wanted replicas, blocks with fewer than wanted, and blocks on too few racks. A block without any good
 * replica has a queue of its own.
 */
export function priorityOf(counts: NumberReplicas, wanted: number): number {
  if (counts.live >= wanted) return QUEUE_REPLICAS_BADLY_DISTRIBUTED;
  if (counts.live === 0) {
    const { decommissioning, decommissioned, enteringMaintenance, inMaintenance } = counts;
    const outOfService = decommissioning + decommissioned + enteringMaintenance + inMaintenance;
    return outOfService > 0 ? QUEUE_HIGHEST_PRIORITY : QUEUE_WITH_CORRUPT_BLOCKS;
  }
  if (counts.live === 1) return QUEUE_HIGHEST_PRIORITY;
  return counts.live * 3 < wanted ? QUEUE_VERY_LOW_REDUNDANCY : QUEUE_LOW_REDUNDANCY;
}

/** Blocks with too few replicas or racks, by priority. A block is in at most one queue. */
export class LowRedundancyBlocks {
  readonly #queues: readonly Set<BlockInfo>[] = Array.from({ length: LEVELS }, () => new Set<BlockInfo>());

  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0);
  }

  sizeOf(priority: number): number {
    return this.#queues[priority]?.size ?? 0;
  }

  /** The number of blocks that a copy can help. */
  get copyableSize(): number {
    return this.size - this.sizeOf(QUEUE_WITH_CORRUPT_BLOCKS);
  }

  queue(priority: number): ReadonlySet<BlockInfo> {
    return this.#queues[priority] ?? new Set();
  }

  /** Puts the block into a queue. A block that is already in that queue keeps its place. */
  put(block: BlockInfo, priority: number): void {
    for (const [level, queue] of this.#queues.entries()) {
      if (level === priority) queue.add(block);
      else queue.delete(block);
    }
  }

  remove(block: BlockInfo): void {
    for (const queue of this.#queues) queue.delete(block);
  }

  /** Moves a block that cannot be copied now behind the others of its queue. */
  postpone(block: BlockInfo, priority: number): void {
    const queue = this.#queues[priority];
    if (queue?.delete(block)) queue.add(block);
  }
}
