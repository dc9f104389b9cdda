/** Chooses the block that a source gives away next, and the replica that it is copied from. Pure. */
import type { BlockProto } from '../../protocol/gen/messages.ts';
import type { MovedBlocks } from './moved-blocks.ts';
import type { StorageGroup } from './storage-group.ts';

/** A block of a source, and the storage groups of this round that have a replica of it. */
export interface KnownBlock {
  readonly block: BlockProto;
  readonly locations: readonly StorageGroup[];
}

/** A chosen move: `proxy` copies the block to `target`, and then `source` loses its replica. */
export interface PendingMove {
  readonly known: KnownBlock;
  readonly source: StorageGroup;
  readonly target: StorageGroup;
  readonly proxy: StorageGroup;
}

/** The state that a choice looks at besides source and target. */
export interface ChoiceContext {
  readonly moved: MovedBlocks;
  /** Whether a DataNode, named by its uuid, failed a moment ago and is not used now. */
  readonly isDelayed: (datanodeUuid: string) => boolean;
}

/**
 * Whether moving a block is possible and harmless: the block was not moved a moment ago, the target has no replica of it,
 * and its replicas stay on as many racks; Dispatcher.isGoodBlockCandidate.
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

/** Whether the move takes a rack's only replica to a rack that has one already. */
function reducesRacks({ locations }: KnownBlock, source: StorageGroup, target: StorageGroup): boolean {
  if (source.rack === target.rack) return false;
  if (!locations.some((location) => location.rack === target.rack)) return false;
  return !locations.some((location) => location.uuid !== source.uuid && location.rack === source.rack);
}

/** Returns the replica to copy: one on the target's rack, else any other. Replicas of delayed DataNodes are not used. */
export function chooseProxy(
  { locations }: KnownBlock,
  target: StorageGroup,
  isDelayed: ChoiceContext['isDelayed'],
): StorageGroup | undefined {
  const usable = locations.filter((location) => !isDelayed(location.uuid));
  return usable.find((location) => location.rack === target.rack) ?? usable[0];
}

/**
 * Returns the next move of a source: the first of its blocks that fits one of its plans; undefined if none can be moved
 * now. The block leaves `blocks`, and its bytes leave the plan. Dispatcher.Source.chooseNextMove.
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
