import { DatanodeInfoProto_AdminState } from '../../protocol/gen/messages.ts';
import type { BlockInfo } from './block-info.ts';

/** DatanodeInfoProto's admin states: a DataNode that is not NORMAL counts as no place for replicas. */
export const AdminState = DatanodeInfoProto_AdminState;
export type AdminState = DatanodeInfoProto_AdminState;

/** dfs.block.scheduled.roll.interval: a block that was assigned and never reported stops to count after it. */
const SCHEDULED_ROLL_MS = 600_000;

export const STORAGE_TYPE_DISK = 1;
const STORAGE_NORMAL = 0;

/** DatanodeIDProto's facts. Invariant of a live cluster: ip:xferPort is one DataNode's alone. */
export interface DatanodeId {
  readonly ipAddr: string;
  readonly hostName: string;
  readonly datanodeUuid: string;
  readonly xferPort: number;
  readonly infoPort: number;
  readonly ipcPort: number;
  readonly infoSecurePort: number;
}

/** One `dfs.datanode.data.dir` of one DataNode. Sizes are bytes. */
export interface StorageInfo {
  readonly uuid: string;
  readonly datanode: DatanodeDescriptor;
  /** StorageTypeProto. */
  type: number;
  /** DatanodeStorageProto.StorageState. */
  state: number;
  failed: boolean;
  capacity: number;
  dfsUsed: number;
  remaining: number;
  blockPoolUsed: number;
  nonDfsUsed: number;
  /** The blocks that it holds, each with the full report (reportEpoch) that it was last seen in or after. */
  readonly blocks: Map<BlockInfo, number>;
  /** Number of the full report that is coming in or came last; 0 before the first. */
  reportEpoch: number;
  /** When that began. */
  reportStartedMs: number;
}

/** A replica that is deleted because there are enough others. */
export interface ExcessReplica {
  readonly block: BlockInfo;
  readonly storage: StorageInfo;
  readonly genStamp: number;
}

/** A replica to copy: the block and where to. */
export interface Transfer {
  readonly block: BlockInfo;
  readonly targets: readonly StorageInfo[];
}

export interface DatanodeDescriptor {
  id: DatanodeId;
  /** Network location such as `/default-rack`. */
  rack: string;
  softwareVersion: string;
  alive: boolean;
  registeredMs: number;
  /** Whether it counts as a place for replicas, or is on its way out. */
  adminState: AdminState;
  /** Of one that is in maintenance or enters it: the time of day at which it is in service again. */
  maintenanceExpireTimeMs: number;
  lastHeartbeatMs: number;
  /** The same by the wall clock, to be shown. */
  lastHeartbeatWallMs: number;
  lastBlockReportMs: number;
  xceiverCount: number;
  xmitsInProgress: number;
  volumeFailures: number;
  /** Since it registered or came back. */
  heartbeats: number;
  cacheCapacity: number;
  cacheUsed: number;
  readonly storages: Map<string, StorageInfo>;
  /** Blocks assigned to it and not yet reported, this roll interval and the one before. */
  scheduled: number;
  scheduledBefore: number;
  scheduledRolledMs: number;
  /** Work that its next heartbeats take along. */
  transfers: Transfer[];
  /** Whether it was given transfers when it had streams free before. */
  isCopying: boolean;
  /** When it was given transfers last; undefined when none of these is awaited any more. */
  transfersGivenMs: number | undefined;
  /** Bytes per second that balancing may take from now on, until the DataNode has been told; 0: nothing to tell. */
  balancerBandwidth: number;
  /** Replicas to delete: block id to generation stamp. */
  readonly invalidates: Map<number, number>;
  /**
   * Replicas that it was told to delete and has not yet told of. Until then they count as gone whatever a report that
   * was made before says: another one would be deleted in their place.
   */
  readonly deleting: Map<number, { readonly genStamp: number; readonly sentMs: number }>;
  /** Those of `invalidates` and `deleting` that are good replicas, deleted because there are enough others. */
  readonly excess: Map<number, ExcessReplica>;
  /**
   * Replicas whose bytes were found wrong, by block id and generation stamp, until it tells that they are gone: when
   * it is lost and comes back they must not be taken for good ones, in whose place others are deleted.
   */
  readonly knownCorrupt: Map<number, number>;
  recoveries: BlockInfo[];
}

/** What a registration or heartbeat tells of one storage. */
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

/** Whether it is away for a while, or about to be: what it holds counts, but not as a live replica. */
export const isMaintenance = ({ adminState }: DatanodeDescriptor): boolean =>
  adminState === AdminState.ENTERING_MAINTENANCE || adminState === AdminState.IN_MAINTENANCE;

export const xferAddress = (id: DatanodeId): string => `${id.ipAddr}:${id.xferPort}`;

/** A DataNode that has just registered. */
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

/** Takes over what is told of a storage; one not heard of before is added. */
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

/** Sum of one figure over a DataNode's storages. */
export function totalOf(
  datanode: DatanodeDescriptor,
  figure: 'capacity' | 'dfsUsed' | 'remaining' | 'blockPoolUsed' | 'nonDfsUsed',
): number {
  let total = 0;
  for (const storage of datanode.storages.values()) total += storage[figure];
  return total;
}

export function blockCount(datanode: DatanodeDescriptor): number {
  let count = 0;
  for (const storage of datanode.storages.values()) count += storage.blocks.size;
  return count;
}

export const scheduledBlocks = (datanode: DatanodeDescriptor): number => datanode.scheduled + datanode.scheduledBefore;

export function incrementScheduled(storages: readonly StorageInfo[]): void {
  for (const storage of storages) storage.datanode.scheduled++;
}

export function decrementScheduled(datanode: DatanodeDescriptor): void {
  if (datanode.scheduledBefore > 0) datanode.scheduledBefore--;
  else if (datanode.scheduled > 0) datanode.scheduled--;
}

export function rollScheduled(datanode: DatanodeDescriptor, now: number): void {
  if (now - datanode.scheduledRolledMs < SCHEDULED_ROLL_MS) return;
  datanode.scheduledBefore = datanode.scheduled;
  datanode.scheduled = 0;
  datanode.scheduledRolledMs = now;
}
