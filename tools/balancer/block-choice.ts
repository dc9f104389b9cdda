import type { BlockProto } from '../../protocol/gen/messages.ts';
import type { MovedBlocks } from './moved-blocks.ts';
import type { StorageGroup } from './storage-group.ts';

/** A block of a source, and where its replicas are, as far as these DataNodes take part. */
export interface KnownBlock {
  readonly block: BlockProto;
  readonly locations: readonly StorageGroup[];
}

/** A block on its way: `proxy` copies it to `target`, and `source` then gives its replica up. */
export interface PendingMove {
  readonly known: KnownBlock;
  readonly source: StorageGroup;
  readonly target: StorageGroup;
  readonly proxy: StorageGroup;
}

/** What a choice depends on besides source and target. */
export interface ChoiceContext {
  readonly moved: MovedBlocks;
  /** A DataNode, by its uuid, that failed just now is left alone for a while. */
  readonly isDelayed: (datanodeUuid: string) => boolean;
}

/**
 * Whether moving a block is possible and harmless: it was not moved just now, the target has no replica of it, and it
 * stays on as many racks; Dispatcher.isGoodBlockCandidate. Pure.
 */
export function isGoodCandidate(
  known: KnownBlock,
  source: StorageGroup,
  target: StorageGroup,
  moved: MovedBlocks,
): boolean {
  if (target.type !== source.type || source.uuid === target.uuid) return false;
  if (moved.has(known.block.blockId)) return false;
  if (known.locations.some((location) => location.uuid === target.uuid)) return false;
  return !reducesRacks(known, source, target);
}

/** Whether the move would take the block from a rack that has no other replica to one that has. */
function reducesRacks({ locations }: KnownBlock, source: StorageGroup, target: StorageGroup): boolean {
  if (source.rack === target.rack) return false;
  if (!locations.some((location) => location.rack === target.rack)) return false;
  return !locations.some((location) => location.uuid !== source.uuid && location.rack === source.rack);
}

/** Which replica is copied: one on the target's rack, else any whose DataNode is not delayed. */
export function chooseProxy(
  { locations }: KnownBlock,
  target: StorageGroup,
  isDelayed: ChoiceContext['isDelayed'],
): StorageGroup | undefined {
  const usable = locations.filter((location) => !isDelayed(location.uuid));
  return usable.find((location) => location.rack === target.rack) ?? usable[0];
}

/**
 * The next move of a source: the first of its blocks that is good for one of its tasks. The block leaves `blocks`, and
 * its bytes the source's plan. Undefined: none can be moved now. Dispatcher.Source.chooseNextMove.
 */
export function chooseNextMove(
  source: StorageGroup,
  blocks: Set<KnownBlock>,
  context: ChoiceContext,
): PendingMove | undefined {
  for (const [i, task] of source.tasks.entries()) {
    const { target } = task;
    if (context.isDelayed(target.uuid)) continue;
    for (const known of blocks) {
      if (!isGoodCandidate(known, source, target, context.moved)) continue;
      const proxy = chooseProxy(known, target, context.isDelayed);
      if (!proxy) continue;
      blocks.delete(known);
      context.moved.add(known.block.blockId);
      const sizeBytes = known.block.numBytes ?? 0;
      source.scheduledBytes -= sizeBytes;
      task.leftBytes -= sizeBytes;
      if (task.leftBytes <= 0) source.tasks.splice(i, 1);
      return { known, source, target, proxy };
    }
  }
  return undefined;
}
