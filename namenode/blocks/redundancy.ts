/** Whether a block has enough replicas and racks, and from where it can be copied. */
import { AdminState } from './admin-state.ts';
import { countReplicas, isCorrupt, type NumberReplicas } from './block-info.ts';
import { isReadable } from './block-map.ts';
import { isMaintenance } from './datanode-descriptor.ts';
import { LowRedundancyBlocks, priorityOf, QUEUE_HIGHEST_PRIORITY } from './low-redundancy-blocks.ts';
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from './model.ts';
import { PendingReconstructionBlocks } from './pending-reconstruction.ts';

/** Which blocks have too few replicas or racks, and which copies are under way. */
export class Redundancy {
  readonly low = new LowRedundancyBlocks();
  readonly pending = new PendingReconstructionBlocks();
  /** Blocks with a corrupt replica. */
  readonly corrupt = new Set<BlockInfo>();
  /** Blocks were found to be fine for want of a second rack: they are to be looked at again when there is one. */
  oneRackSufficed = false;
  readonly #racks: { readonly rackCount: number };
  readonly #maintenanceMin: number;

  /** `racks`: of the DataNodes that replicas can go to. `maintenanceMin`: dfs.namenode.maintenance.replication.min. */
  constructor(racks: { readonly rackCount: number }, maintenanceMin: number) {
    this.#racks = racks;
    this.#maintenanceMin = maintenanceMin;
  }

  get lowRedundancyCount(): number {
    return this.low.size;
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  /** Puts the block where its replicas now call for (BlockManager.updateNeededReconstructions). */
  update(block: BlockInfo): void {
    if (block.corrupt === undefined) this.corrupt.delete(block);
    else this.corrupt.add(block);
    const wanted = wantedReplicas(block);
    if (wanted === 0) {
      this.low.remove(block);
      return;
    }
    const counts = countReplicas(block);
    if (this.#isEnough(block, counts, wanted)) this.low.remove(block);
    else this.low.put(block, priorityOf(counts, wanted));
  }

  /** BlockManager.hasEnoughEffectiveReplicas: copies under way count, and are trusted to be on the right racks. */
  #isEnough(block: BlockInfo, counts: NumberReplicas, wanted: number): boolean {
    const pending = this.pending.targets(block).length;
    if (counts.live + pending < this.liveWanted(counts, wanted)) return false;
    return pending > 0 || this.hasEnoughRacks(block, wanted);
  }

  /**
   * How many live replicas a block should have while others are in maintenance: these are missed only when fewer than
   * the minimum remain (BlockManager.getExpectedLiveRedundancyNum).
   */
  liveWanted({ enteringMaintenance, inMaintenance }: NumberReplicas, wanted: number): number {
    return Math.max(wanted - enteringMaintenance - inMaintenance, Math.min(this.#maintenanceMin, wanted));
  }

  /** Two racks, when there are two and two replicas are wanted (BlockPlacementStatusDefault). */
  hasEnoughRacks(block: BlockInfo, wanted: number): boolean {
    if (wanted < 2) return true;
    if (this.#racks.rackCount < 2) {
      this.oneRackSufficed = true;
      return true;
    }
    let rack: string | undefined;
    for (const storage of block.replicas) {
      if (!keepsRack(block, storage)) continue;
      if (rack !== undefined && rack !== storage.datanode.rack) return true;
      rack = storage.datanode.rack;
    }
    return false;
  }

  forget(block: BlockInfo): void {
    this.low.remove(block);
    this.pending.forget(block);
    this.corrupt.delete(block);
  }

  addPending(block: BlockInfo, targets: readonly StorageInfo[], now: number, source?: DatanodeDescriptor): void {
    this.pending.add(block, targets, now, source);
  }

  removePending(block: BlockInfo, storage: StorageInfo): void {
    this.pending.remove(block, storage.datanode);
  }

  pendingTargets(block: BlockInfo): readonly StorageInfo[] {
    return this.pending.targets(block);
  }
}

/** How many replicas a block should have; 0 while that is not the NameNode's business: it is being written. */
export function wantedReplicas(block: BlockInfo): number {
  return block.file === undefined || block.state !== 'COMPLETE'
    ? 0
    : block.layout.storagesWanted(block.file.replication);
}

/** Good, and on a live DataNode in service. */
export const isLive = (block: BlockInfo, storage: StorageInfo): boolean =>
  storage.datanode.alive &&
  !storage.failed &&
  storage.datanode.adminState === AdminState.NORMAL &&
  !isCorrupt(block, storage);

/** Whether a block counts as being on the rack of its storage: a DataNode in maintenance will be back. */
export const keepsRack = (block: BlockInfo, storage: StorageInfo): boolean =>
  isLive(block, storage) || (isMaintenance(storage.datanode) && !storage.failed && !isCorrupt(block, storage));

export interface StreamLimits {
  /** dfs.namenode.replication.max-streams. */
  readonly soft: number;
  /** dfs.namenode.replication.max-streams-hard-limit. */
  readonly hard: number;
}

/** Transfers that the DataNode does or is to be told of. */
export const streamsOf = (datanode: DatanodeDescriptor): number => datanode.transfers.length + datanode.xmitsInProgress;

/**
 * How many transfers a DataNode may have at once: the soft limit, which blocks of the highest priority and DataNodes
 * on their way out may pass up to the hard limit (BlockManager.chooseSourceDatanodes).
 */
export function streamLimit(datanode: DatanodeDescriptor, priority: number, limits: StreamLimits): number {
  const { adminState } = datanode;
  const isLeaving = adminState === AdminState.DECOMMISSION_INPROGRESS || adminState === AdminState.ENTERING_MAINTENANCE;
  const passes = priority === QUEUE_HIGHEST_PRIORITY || isLeaving;
  return passes ? limits.hard : limits.soft;
}

/** From where to copy a block: the idlest of its holders that has a stream to spare. */
export function chooseSource(block: BlockInfo, priority: number, limits: StreamLimits): StorageInfo | undefined {
  let best: StorageInfo | undefined;
  for (const storage of block.replicas) {
    if (!canSend(block, storage, priority, limits)) continue;
    if (best === undefined || streamsOf(storage.datanode) < streamsOf(best.datanode)) best = storage;
  }
  return best;
}

/**
 * Whether the storage's DataNode can be told to copy its replica. A decommissioned one can as long as it lives; one in
 * maintenance is not to be counted on.
 */
export function canSend(block: BlockInfo, storage: StorageInfo, priority: number, limits: StreamLimits): boolean {
  const { datanode } = storage;
  if (!isReadable(storage) || isCorrupt(block, storage)) return false;
  return streamsOf(datanode) < streamLimit(datanode, priority, limits);
}
