/**
 * The types of the block map: a block knows its storages, a storage its DataNode and its blocks. They stand together
 * because each names the others.
 */
import type { AdminState } from './admin-state.ts';
import type { BlockCollection } from './block-collection.ts';

/**
 * A block's life on the NameNode (BlockUCState): its client writes it (UNDER_CONSTRUCTION), tells its final length
 * (COMMITTED), and enough DataNodes have reported a finalized replica of that length (COMPLETE). When its writer is
 * gone, or it is truncated, a DataNode brings its replicas to one length (UNDER_RECOVERY).
 */
export type BlockState = 'UNDER_CONSTRUCTION' | 'UNDER_RECOVERY' | 'COMMITTED' | 'COMPLETE';

/** The replica of a block under construction, as a DataNode of its pipeline reported it. */
export interface ReplicaUnderConstruction {
  readonly storage: StorageInfo;
  state: number;
  genStamp: number;
  numBytes: number;
}

/** Why a replica counts as corrupt (CorruptReplicasMap.Reason). */
export type CorruptReason = 'CORRUPTION_REPORTED' | 'GENSTAMP_MISMATCH' | 'SIZE_MISMATCH' | 'INVALID_STATE';

export interface CorruptReplica {
  readonly reason: CorruptReason;
  /** Its own, by which it is deleted. */
  readonly genStamp: number;
}

export interface BlockInfo {
  readonly id: number;
  readonly layout: BlockLayout;
  genStamp: number;
  /** Of a block under construction: the bytes that its writer has told so far. */
  numBytes: number;
  state: BlockState;
  /** Undefined when its file was deleted. */
  file: BlockCollection | undefined;
  /** Storages with a finalized replica of this generation, and those with a corrupt one. */
  replicas: StorageInfo[];
  /** The storages among `replicas` whose bytes, length or generation are known to be wrong. */
  corrupt: Map<StorageInfo, CorruptReplica> | undefined;
  /** Good replicas no longer in `replicas`: they are being deleted because there are enough others. */
  excess: StorageInfo[] | undefined;
  /** The pipeline, and what its DataNodes reported; undefined when COMPLETE. */
  expected: ReplicaUnderConstruction[] | undefined;
  /** The DataNodes of the pipeline as the store has them; those that are back are in `expected` too. */
  pipeline: readonly string[] | undefined;
  /** The length in bytes that a truncate cuts it to, until its recovery has done so. */
  truncateTo: number | undefined;
  /** Of a block UNDER_RECOVERY that was begun. */
  recovery: BlockRecovery | undefined;
  /** Whether safe mode counts it as there: complete, and with dfs.namenode.replication.min usable replicas. */
  isSafe: boolean;
}

/** How a block lies on its storages: block-layout.ts has the layouts. */
export interface BlockLayout {
  /** Returns how many storages should hold a part of the block, if its file asks for `replication`. */
  storagesWanted(replication: number): number;
  /** Returns how many must hold one before the block is complete, by dfs.namenode.replication.min. */
  storagesMin(replicationMin: number): number;
  /** Notes that the storage holds a part of the block. */
  add(block: BlockInfo, storage: StorageInfo): void;
  /** Forgets the part that the storage holds. */
  remove(block: BlockInfo, storage: StorageInfo): void;
}

/** A block recovery under way. Soft state: after a restart it begins anew, under another id. */
export interface BlockRecovery {
  /** The generation stamp that the block gets by it. A later recovery has a greater one, and an older one gives way. */
  readonly id: number;
  readonly startedMs: number;
  /** The DataNode that does the recovery; undefined while no DataNode of the pipeline is alive. */
  readonly primary: DatanodeDescriptor | undefined;
  /** DataNodes that were the primary without success. */
  readonly tried: ReadonlySet<DatanodeDescriptor>;
}

/** DatanodeIDProto's facts. No two live DataNodes have the same ipAddr and xferPort. */
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
  /** Only a DataNode that is NORMAL gets new replicas. */
  adminState: AdminState;
  /** Of a DataNode that is in maintenance or enters it: the time of day, in ms, at which it is in service again. */
  maintenanceExpireTimeMs: number;
  lastHeartbeatMs: number;
  /** The same by the wall clock, to be shown. */
  lastHeartbeatWallMs: number;
  lastBlockReportMs: number;
  xceiverCount: number;
  xmitsInProgress: number;
  volumeFailures: number;
  /** Heartbeats since the DataNode registered or came back. */
  heartbeats: number;
  cacheCapacity: number;
  cacheUsed: number;
  readonly storages: Map<string, StorageInfo>;
  /** Blocks assigned to it and not yet reported, this roll interval and the one before. */
  scheduled: number;
  scheduledBefore: number;
  scheduledRolledMs: number;
  /** Copies that the answers to its next heartbeats order. */
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
  /** The good replicas among `invalidates` and `deleting`: they are deleted because there are enough others. */
  readonly excess: Map<number, ExcessReplica>;
  /**
   * Replicas whose bytes were found wrong, by block id and generation stamp, until it tells that they are gone: when
   * it is lost and comes back they must not be taken for good ones, in whose place others are deleted.
   */
  readonly knownCorrupt: Map<number, number>;
  recoveries: BlockInfo[];
}
