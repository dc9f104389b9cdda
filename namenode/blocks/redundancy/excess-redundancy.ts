/** Chooses which replicas to delete if a block has too many. */
import { AdminState } from '../locations/admin-state.ts';
import { isCorrupt } from '../locations/block-info.ts';
import type { BlockInfo, StorageInfo } from '../locations/model.ts';

/**
 * dfs.namenode.tolerate.heartbeat.multiplier: a DataNode that was silent for this many heartbeat intervals loses its
 * replica first.
 */
const TOLERATE_HEARTBEATS = 4;

/** The replica whose arrival gave a block too many replicas, if it is known. */
export interface ArrivedReplica {
  readonly added?: StorageInfo | undefined;
  /** The source of a balancer's copy. Its replica is deleted first if the racks allow it. */
  readonly hint?: StorageInfo | undefined;
}

/**
 * Returns the good replicas to delete if there are more than wanted
 * (BlockPlacementPolicyDefault.chooseReplicasToDelete). Replicas on racks that keep another replica come first. Among
 * these, the replica on the DataNode that was silent for longest is chosen, or else the one on the storage with the
 * least free space.
 */
export function chooseReplicasToDelete(
  block: BlockInfo,
  wanted: number,
  now: number,
  config: { readonly heartbeatIntervalMs: number },
  arrived: ArrivedReplica = {},
): StorageInfo[] {
  if (block.replicas.length <= wanted) return [];
  const kept = block.replicas.filter((storage) => isCounted(block, storage));
  const excess: StorageInfo[] = [];
  let hint = arrived.hint;
  while (kept.length > wanted) {
    const perRack = new Map<string, number>();
    for (const { datanode } of kept) perRack.set(datanode.rack, (perRack.get(datanode.rack) ?? 0) + 1);
    const moreThanOne = kept.filter(({ datanode }) => (perRack.get(datanode.rack) ?? 0) > 1);
    const useHint = hint !== undefined && kept.includes(hint) && mayUseHint(hint, arrived.added, moreThanOne);
    const oldestMs = now - TOLERATE_HEARTBEATS * config.heartbeatIntervalMs;
    const victim = useHint && hint ? hint : worstKeeper(moreThanOne.length > 0 ? moreThanOne : kept, oldestMs);
    if (victim === undefined) break;
    hint = undefined;
    excess.push(victim);
    kept.splice(kept.indexOf(victim), 1);
  }
  return excess;
}

const isCounted = (block: BlockInfo, storage: StorageInfo): boolean =>
  storage.datanode.alive &&
  !storage.failed &&
  storage.datanode.adminState === AdminState.NORMAL &&
  !isCorrupt(block, storage);

/** Returns false if deleting the replica of `hint` would leave the block on fewer racks than before. */
function mayUseHint(hint: StorageInfo, added: StorageInfo | undefined, moreThanOne: readonly StorageInfo[]): boolean {
  return moreThanOne.includes(hint) || (added !== undefined && !moreThanOne.includes(added));
}

function worstKeeper(candidates: readonly StorageInfo[], oldestMs: number): StorageInfo | undefined {
  let silent: StorageInfo | undefined;
  let fullest: StorageInfo | undefined;
  let silentMs = oldestMs;
  for (const storage of candidates) {
    if (storage.datanode.lastHeartbeatMs < silentMs) {
      silentMs = storage.datanode.lastHeartbeatMs;
      silent = storage;
    }
    if (fullest === undefined || storage.remaining < fullest.remaining) fullest = storage;
  }
  return silent ?? fullest;
}
