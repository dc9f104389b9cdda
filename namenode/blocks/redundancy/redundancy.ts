/** Decides whether a block has enough replicas and racks, and which DataNode can copy it. */
import { AdminState } from '../locations/admin-state.ts';
import { countReplicas, isCorrupt, type NumberReplicas } from '../locations/block-info.ts';
import { isReadable } from '../locations/block-map.ts';
import { isMaintenance } from '../locations/datanode-descriptor.ts';
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from '../locations/model.ts';
import { LowRedundancyBlocks, priorityOf, QUEUE_HIGHEST_PRIORITY } from './low-redundancy-blocks.ts';
import { PendingReconstructionBlocks } from './pending-reconstruction.ts';

/** Keeps which blocks have too few replicas or racks, and which copies are pending. */
export class Redundancy {
  readonly low = new LowRedundancyBlocks();
  readonly pending = new PendingReconstructionBlocks();
  /** Blocks with at least one corrupt replica. */
  readonly corrupt = new Set<BlockInfo>();
  /**
   * Whether some block counted as well placed only because there was one rack. When a second rack appears, such blocks
   * must be checked again.
   */
  oneRackSufficed = false;
  readonly #racks: { readonly rackCount: number };
  readonly #maintenanceMin: number;

  /**
   * `racks` gives the number of racks of the DataNodes in service.
   * @param maintenanceMin dfs.namenode.maintenance.replication.min
   */
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

  /**
   * Puts the block into the queue that fits its replicas, or out of the queues
   * (BlockManager.updateNeededReconstructions).
   */
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

  /**
   * Returns true if the block needs no more copies (BlockManager.hasEnoughEffectiveReplicas). Pending copies count, and
   * are assumed to be on the right racks.
   */
  #isEnough(block: BlockInfo, counts: NumberReplicas, wanted: number): boolean {
    const pending = this.pending.targets(block).length;
    if (counts.live + pending < this.liveWanted(counts, wanted)) return false;
    return pending > 0 || this.hasEnoughRacks(block, wanted);
  }

  /**
   * Returns the number of live replicas that a block should have while other replicas are in maintenance. Those are
   * replaced only if fewer than the minimum would remain (BlockManager.getExpectedLiveRedundancyNum).
   */
  liveWanted({ enteringMaintenance, inMaintenance }: NumberReplicas, wanted: number): number {
    return Math.max(wanted - enteringMaintenance - inMaintenance, Math.min(this.#maintenanceMin, wanted));
  }

  /**
   * Returns true if the block is on two racks, or needs no more than one because the cluster has one rack or one
   * replica is wanted (BlockPlacementStatusDefault).
   */
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

/**
 * Returns the number of replicas that a block should have. Returns 0 while a client writes the block, because the
 * NameNode does not copy it then.
 */
export function wantedReplicas(block: BlockInfo): number {
  return block.file === undefined || block.state !== 'COMPLETE'
    ? 0
    : block.layout.storagesWanted(block.file.replication);
}

/** Returns true for a good replica on a live DataNode in service. */
export const isLive = (block: BlockInfo, storage: StorageInfo): boolean =>
  storage.datanode.alive &&
  !storage.failed &&
  storage.datanode.adminState === AdminState.NORMAL &&
  !isCorrupt(block, storage);

/**
 * Returns true if the block counts as being on the rack of this storage. A DataNode in maintenance will come back, so
 * its rack counts.
 */
export const keepsRack = (block: BlockInfo, storage: StorageInfo): boolean =>
  isLive(block, storage) || (isMaintenance(storage.datanode) && !storage.failed && !isCorrupt(block, storage));

export interface StreamLimits {
  /** dfs.namenode.replication.max-streams. */
  readonly soft: number;
  /** dfs.namenode.replication.max-streams-hard-limit. */
  readonly hard: number;
}

/** Returns the number of transfers that the DataNode carries out or is to receive. */
export const streamsOf = (datanode: DatanodeDescriptor): number => datanode.transfers.length + datanode.xmitsInProgress;

/**
 * Returns the number of transfers that a DataNode may have at once. This is the soft limit, or the hard limit for blocks of the
 * highest priority and for DataNodes that leave service (BlockManager.chooseSourceDatanodes).
 */
export function streamLimit(datanode: DatanodeDescriptor, priority: number, limits: StreamLimits): number {
  const { adminState } = datanode;
  const isLeaving = adminState === AdminState.DECOMMISSION_INPROGRESS || adminState === AdminState.ENTERING_MAINTENANCE;
  const passes = priority === QUEUE_HIGHEST_PRIORITY || isLeaving;
  return passes ? limits.hard : limits.soft;
}

/**
 * Returns the storage to copy a block from: on the least busy DataNode that has a free stream.
 * @param failed the DataNode that failed to make the last copy: chosen only if no other one can
 */
export function chooseSource(
  block: BlockInfo,
  priority: number,
  limits: StreamLimits,
  failed?: DatanodeDescriptor,
): StorageInfo | undefined {
  let best: StorageInfo | undefined;
  for (const storage of block.replicas) {
    if (!canSend(block, storage, priority, limits)) continue;
    const isBetter =
      best === undefined ||
      best.datanode === failed ||
      (storage.datanode !== failed && streamsOf(storage.datanode) < streamsOf(best.datanode));
    if (isBetter) best = storage;
  }
  return best;
}

/**
 * Returns true if the storage's DataNode can copy its replica. A decommissioned DataNode can while it is alive. One in
 * maintenance cannot, because it may be switched off at any time.
 */
export function canSend(block: BlockInfo, storage: StorageInfo, priority: number, limits: StreamLimits): boolean {
  const { datanode } = storage;
  if (!isReadable(storage) || isCorrupt(block, storage)) return false;
  return streamsOf(datanode) < streamLimit(datanode, priority, limits);
}
