/** Makes and updates the NameNode's records of DataNodes and their storages. */
import { AdminState } from './admin-state.ts';
import type { DatanodeDescriptor, DatanodeId, StorageInfo } from './model.ts';

/**
 * dfs.block.scheduled.roll.interval: after this time in ms, a block that was assigned to a DataNode and not reported no
 * longer counts as scheduled.
 */
const SCHEDULED_ROLL_MS = 600_000;

export const STORAGE_TYPE_DISK = 1;
const STORAGE_NORMAL = 0;

/** A storage as a registration or heartbeat describes it. Sizes are in bytes. */
export interface StorageFacts {
  readonly uuid: string;
  readonly type?: number;
  readonly state?: number;
  readonly failed?: boolean;
  readonly capacity?: number;
  readonly dfsUsed?: number;
  readonly remaining?: number;
  readonly blockPoolUsed?: number;
  readonly nonDfsUsed?: number;
}

/** Returns true if the DataNode is in maintenance or enters it. Its replicas count, but not as live replicas. */
export const isMaintenance = ({ adminState }: DatanodeDescriptor): boolean =>
  adminState === AdminState.ENTERING_MAINTENANCE || adminState === AdminState.IN_MAINTENANCE;

/** Returns the address for data transfer as `ip:port`. */
export const xferAddress = (id: DatanodeId): string => `${id.ipAddr}:${id.xferPort}`;

/** Makes the record of a DataNode that has just registered. */
export function newDescriptor(id: DatanodeId, rack: string, now: number): DatanodeDescriptor {
  return {
    id,
    rack,
    softwareVersion: '',
    alive: true,
    registeredMs: now,
    adminState: AdminState.NORMAL,
    maintenanceExpireTimeMs: 0,
    lastHeartbeatMs: now,
    lastHeartbeatWallMs: now,
    lastBlockReportMs: 0,
    xceiverCount: 0,
    xmitsInProgress: 0,
    volumeFailures: 0,
    heartbeats: 0,
    cacheCapacity: 0,
    cacheUsed: 0,
    storages: new Map(),
    scheduled: 0,
    scheduledBefore: 0,
    scheduledRolledMs: now,
    transfers: [],
    isCopying: false,
    transfersGivenMs: undefined,
    balancerBandwidth: 0,
    invalidates: new Map(),
    deleting: new Map(),
    excess: new Map(),
    knownCorrupt: new Map(),
    recoveries: [],
  };
}

/** Updates a storage with the facts that are given, and adds a storage that is new. */
export function updateStorage(datanode: DatanodeDescriptor, facts: StorageFacts): StorageInfo {
  let storage = datanode.storages.get(facts.uuid);
  if (storage === undefined) {
    storage = {
      uuid: facts.uuid,
      datanode,
      type: STORAGE_TYPE_DISK,
      state: STORAGE_NORMAL,
      failed: false,
      capacity: 0,
      dfsUsed: 0,
      remaining: 0,
      blockPoolUsed: 0,
      nonDfsUsed: 0,
      blocks: new Map(),
      reportEpoch: 0,
      reportStartedMs: Number.NEGATIVE_INFINITY,
    };
    datanode.storages.set(facts.uuid, storage);
  }
  storage.type = facts.type ?? storage.type;
  storage.state = facts.state ?? storage.state;
  storage.failed = facts.failed ?? storage.failed;
  storage.capacity = facts.capacity ?? storage.capacity;
  storage.dfsUsed = facts.dfsUsed ?? storage.dfsUsed;
  storage.remaining = facts.remaining ?? storage.remaining;
  storage.blockPoolUsed = facts.blockPoolUsed ?? storage.blockPoolUsed;
  storage.nonDfsUsed = facts.nonDfsUsed ?? storage.nonDfsUsed;
  return storage;
}

/** Returns the sum of one figure over all storages of a DataNode. */
export function totalOf(
  datanode: DatanodeDescriptor,
  figure: 'capacity' | 'dfsUsed' | 'remaining' | 'blockPoolUsed' | 'nonDfsUsed',
): number {
  let total = 0;
  for (const storage of datanode.storages.values()) total += storage[figure];
  return total;
}

/** Returns the number of replicas on all storages of the DataNode. */
export function blockCount(datanode: DatanodeDescriptor): number {
  let count = 0;
  for (const storage of datanode.storages.values()) count += storage.blocks.size;
  return count;
}

/** Returns the number of blocks that were assigned to the DataNode and not yet reported. */
export const scheduledBlocks = (datanode: DatanodeDescriptor): number => datanode.scheduled + datanode.scheduledBefore;

/** Counts one more scheduled block for the DataNode of each storage. */
export function incrementScheduled(storages: readonly StorageInfo[]): void {
  for (const storage of storages) storage.datanode.scheduled++;
}

export function decrementScheduled(datanode: DatanodeDescriptor): void {
  if (datanode.scheduledBefore > 0) datanode.scheduledBefore--;
  else if (datanode.scheduled > 0) datanode.scheduled--;
}

/** Begins a new roll interval of scheduled blocks if the current one is over. */
export function rollScheduled(datanode: DatanodeDescriptor, now: number): void {
  if (now - datanode.scheduledRolledMs < SCHEDULED_ROLL_MS) return;
  datanode.scheduledBefore = datanode.scheduled;
  datanode.scheduled = 0;
  datanode.scheduledRolledMs = now;
}
