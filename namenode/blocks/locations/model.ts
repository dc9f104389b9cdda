/** The types of blocks, storages and DataNodes. They share one file because each names the others. */
import type { AdminState } from './admin-state.ts';
import type { BlockCollection } from './block-collection.ts';

/**
 * The state of a block on the NameNode (Hadoop: BlockUCState).
 * UNDER_CONSTRUCTION: a client writes the block. COMMITTED: the client has reported the final length. COMPLETE: enough
 * DataNodes have reported a finalized replica of that length. UNDER_RECOVERY: the writer is gone, or the block is being
 * truncated, and a DataNode brings the replicas to one length.
 */
export type BlockState = 'UNDER_CONSTRUCTION' | 'UNDER_RECOVERY' | 'COMMITTED' | 'COMPLETE';

/** The replica of a block under construction, as a DataNode of its pipeline reported it. */
export interface ReplicaUnderConstruction {
  readonly storage: StorageInfo;
  state: number;
  genStamp: number;
  numBytes: number;
}

/** The reason why a replica counts as corrupt (Hadoop: CorruptReplicasMap.Reason). */
export type CorruptReason = 'CORRUPTION_REPORTED' | 'GENSTAMP_MISMATCH' | 'SIZE_MISMATCH' | 'INVALID_STATE';

export interface CorruptReplica {
  readonly reason: CorruptReason;
  /** The generation stamp of the corrupt replica, needed to delete it. */
  readonly genStamp: number;
}

export interface BlockInfo {
  readonly id: number;
  readonly layout: BlockLayout;
  genStamp: number;
  /** In bytes. For a block under construction, the length that its writer has reported so far. */
  numBytes: number;
  state: BlockState;
  /** Undefined if the file was deleted. */
  file: BlockCollection | undefined;
  /** Storages with a finalized replica of this generation, and storages with a corrupt replica. */
  replicas: StorageInfo[];
  /** The storages among `replicas` whose bytes, length or generation are known to be wrong. */
  corrupt: Map<StorageInfo, CorruptReplica> | undefined;
  /** Storages of good replicas that are being deleted because there are enough others. They are not in `replicas`. */
  excess: StorageInfo[] | undefined;
  /** The storages of the pipeline, with the replicas that they reported; undefined if the block is COMPLETE. */
  expected: ReplicaUnderConstruction[] | undefined;
  /** UUIDs of the pipeline's DataNodes as the store has them. Those that have registered are in `expected` too. */
  pipeline: readonly string[] | undefined;
  /** The length in bytes to which a truncate cuts the block; undefined after the recovery has done so. */
  truncateTo: number | undefined;
  /** The recovery of a block UNDER_RECOVERY, once it has begun. */
  recovery: BlockRecovery | undefined;
  /** Whether safe mode counts the block as available: COMPLETE, with dfs.namenode.replication.min usable replicas. */
  isSafe: boolean;
}

/** The layout of a block on its storages. block-layout.ts has the layouts. */
export interface BlockLayout {
  /** Returns the number of storages that should hold a part of the block if the file's replication is `replication`. */
  storagesWanted(replication: number): number;
  /**
   * Returns the number of storages that must hold a part before the block is complete.
   * @param replicationMin dfs.namenode.replication.min
   */
  storagesMin(replicationMin: number): number;
  /** Notes that the storage holds a part of the block. */
  add(block: BlockInfo, storage: StorageInfo): void;
  /** Forgets the part that the storage holds. */
  remove(block: BlockInfo, storage: StorageInfo): void;
}

/** A block recovery under way. It is not stored: after a restart a new recovery begins under another id. */
export interface BlockRecovery {
  /** The generation stamp that the block gets from the recovery. A recovery with a greater id replaces this one. */
  readonly id: number;
  readonly startedMs: number;
  /** The DataNode that carries out the recovery; undefined while no DataNode of the pipeline is alive. */
  readonly primary: DatanodeDescriptor | undefined;
  /** DataNodes that have been primary of this block without success. */
  readonly tried: ReadonlySet<DatanodeDescriptor>;
}

/** The fields of DatanodeIDProto. No two live DataNodes have the same ipAddr and xferPort. */
export interface DatanodeId {
  readonly ipAddr: string;
  readonly hostName: string;
  readonly datanodeUuid: string;
  readonly xferPort: number;
  readonly infoPort: number;
  readonly ipcPort: number;
  readonly infoSecurePort: number;
}

/** One directory of `dfs.datanode.data.dir` of one DataNode. Sizes are in bytes. */
export interface StorageInfo {
  readonly uuid: string;
  readonly datanode: DatanodeDescriptor;
  /** A value of StorageTypeProto. */
  type: number;
  /** A value of DatanodeStorageProto.StorageState. */
  state: number;
  failed: boolean;
  capacity: number;
  dfsUsed: number;
  remaining: number;
  blockPoolUsed: number;
  nonDfsUsed: number;
  /**
   * The blocks whose replicas the storage holds. Each value is the reportEpoch in or after which the replica was last
   * reported.
   */
  readonly blocks: Map<BlockInfo, number>;
  /** Number of the storage's full report that arrives now or arrived last; 0 before the first report. */
  reportEpoch: number;
  /** Time at which that report began, in ms of the steady clock. */
  reportStartedMs: number;
}

/** A good replica that is being deleted because there are enough others. */
export interface ExcessReplica {
  readonly block: BlockInfo;
  readonly storage: StorageInfo;
  readonly genStamp: number;
}

/** A replica to copy, and the storages that receive the copies. */
export interface Transfer {
  readonly block: BlockInfo;
  readonly targets: readonly StorageInfo[];
}

export interface DatanodeDescriptor {
  id: DatanodeId;
  /** The network location, such as `/default-rack`. */
  rack: string;
  softwareVersion: string;
  alive: boolean;
  registeredMs: number;
  /** Only a DataNode in state NORMAL receives new replicas. */
  adminState: AdminState;
  /** Time of day in ms at which the maintenance of the DataNode ends. */
  maintenanceExpireTimeMs: number;
  lastHeartbeatMs: number;
  /** Wall-clock time of the last heartbeat in ms, for display. */
  lastHeartbeatWallMs: number;
  lastBlockReportMs: number;
  xceiverCount: number;
  xmitsInProgress: number;
  volumeFailures: number;
  /** Number of heartbeats since the DataNode last registered. */
  heartbeats: number;
  cacheCapacity: number;
  cacheUsed: number;
  readonly storages: Map<string, StorageInfo>;
  /**
   * Blocks that were assigned to the DataNode and not yet reported, in this roll interval. `scheduledBefore` is the
   * same for the interval before.
   */
  scheduled: number;
  scheduledBefore: number;
  scheduledRolledMs: number;
  /** Copies that the next heartbeats' answers order. */
  transfers: Transfer[];
  /**
   * Whether the DataNode has received transfers and still works on them, so that it gets more when streams are free.
   */
  isCopying: boolean;
  /** Time at which the DataNode last received transfers; undefined if none of them is awaited any more. */
  transfersGivenMs: number | undefined;
  /** The bandwidth for balancing, in bytes per second, that is still to be sent to the DataNode; 0 if there is none. */
  balancerBandwidth: number;
  /** Replicas to delete: generation stamps by block id. */
  readonly invalidates: Map<number, number>;
  /**
   * Deletions that were sent to the DataNode and that it has not reported as done. These replicas count as gone, even
   * if a report from before the deletion names them: otherwise a good replica would be deleted in their place.
   */
  readonly deleting: Map<number, { readonly genStamp: number; readonly sentMs: number }>;
  /** The good replicas among `invalidates` and `deleting`, which are deleted because there are enough others. */
  readonly excess: Map<number, ExcessReplica>;
  /**
   * Generation stamps, by block id, of replicas whose bytes were found wrong, until the DataNode reports them deleted.
   * If the DataNode is lost and comes back, they must not count as good replicas: good ones would be deleted in their
   * place.
   */
  readonly knownCorrupt: Map<number, number>;
  recoveries: BlockInfo[];
}
