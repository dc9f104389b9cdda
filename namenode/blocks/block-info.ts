import type { INodeFile } from '../namespace/inode.ts';
import { AdminState, type DatanodeDescriptor, isMaintenance, type StorageInfo } from './datanode-descriptor.ts';

/**
 * A block's life on the NameNode (BlockUCState): its client writes it (UNDER_CONSTRUCTION), tells its final length
 * (COMMITTED), and enough DataNodes have reported a finalized replica of that length (COMPLETE). When its writer is
 * gone, or it is truncated, a DataNode brings its replicas to one length (UNDER_RECOVERY).
 */
export type BlockState = 'UNDER_CONSTRUCTION' | 'UNDER_RECOVERY' | 'COMMITTED' | 'COMPLETE';

/** Whether its final length is not known yet, so that replicas of any length and generation may be right. */
export const isBeingWritten = (block: BlockInfo): boolean =>
  block.state === 'UNDER_CONSTRUCTION' || block.state === 'UNDER_RECOVERY';

/** ReplicaStateProto's numbers. */
export const REPLICA_FINALIZED = 0;
export const REPLICA_RBW = 1;
export const REPLICA_RWR = 2;

/** What a DataNode of the pipeline has told of a block under construction. */
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
  genStamp: number;
  /** Of a block under construction: what its writer has told so far. */
  numBytes: number;
  state: BlockState;
  /** Undefined when its file was deleted. */
  file: INodeFile | undefined;
  /** Storages with a finalized replica of this generation, and those with a corrupt one. */
  replicas: StorageInfo[];
  /** Those of `replicas` whose bytes, length or generation are known to be wrong. */
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

/** A block recovery under way. Soft state: after a restart it begins anew, under another id. */
export interface BlockRecovery {
  /** The generation stamp that the block gets by it. A later recovery has a greater one, and an older one gives way. */
  readonly id: number;
  readonly startedMs: number;
  /** Who does it; undefined while no DataNode of the pipeline is alive. */
  readonly primary: DatanodeDescriptor | undefined;
  /** Those that were the primary in vain. */
  readonly tried: ReadonlySet<DatanodeDescriptor>;
}

export function newBlock(id: number, genStamp: number, numBytes: number, state: BlockState): BlockInfo {
  return {
    id,
    genStamp,
    numBytes,
    state,
    file: undefined,
    replicas: [],
    corrupt: undefined,
    excess: undefined,
    expected: state === 'COMPLETE' ? undefined : [],
    pipeline: undefined,
    truncateTo: undefined,
    recovery: undefined,
    isSafe: false,
  };
}

/** As messages name it: `blk_1073741825_1001`. */
export const blockName = (block: { id: number; genStamp: number }): string => `blk_${block.id}_${block.genStamp}`;

export function isCorrupt(block: BlockInfo, storage: StorageInfo): boolean {
  return block.corrupt?.has(storage) ?? false;
}

/**
 * How many replicas of a block there are of each kind (NumberReplicas). Those on dead DataNodes are of none, but for
 * those in maintenance.
 */
export interface NumberReplicas {
  /** Good ones on DataNodes in service: what counts towards the replication. */
  readonly live: number;
  /** Good ones on DataNodes that are being decommissioned: they can still be read and copied. */
  readonly decommissioning: number;
  readonly decommissioned: number;
  /** Good ones on live DataNodes that enter maintenance: they, too, can be read and copied. */
  readonly enteringMaintenance: number;
  /** Good ones on DataNodes that are in maintenance, or died on the way there. */
  readonly inMaintenance: number;
  readonly corrupt: number;
}

export function countReplicas(block: BlockInfo): NumberReplicas {
  let live = 0;
  let decommissioning = 0;
  let decommissioned = 0;
  let enteringMaintenance = 0;
  let inMaintenance = 0;
  let corrupt = 0;
  for (const storage of block.replicas) {
    const { alive, adminState } = storage.datanode;
    if (block.corrupt?.has(storage)) corrupt++;
    else if (storage.failed) continue;
    else if (alive && adminState === AdminState.NORMAL) live++;
    else if (isMaintenance(storage.datanode)) {
      if (alive && adminState === AdminState.ENTERING_MAINTENANCE) enteringMaintenance++;
      else inMaintenance++;
    } else if (!alive) continue;
    else if (adminState === AdminState.DECOMMISSION_INPROGRESS) decommissioning++;
    else decommissioned++;
  }
  return { live, decommissioning, decommissioned, enteringMaintenance, inMaintenance, corrupt };
}

/** Replicas that count towards the replication: good, and on a live DataNode in service. */
export const liveReplicas = (block: BlockInfo): number => countReplicas(block).live;

/** Replicas that make a block complete: also those on DataNodes that are on their way out. */
export function usableReplicas(block: BlockInfo): number {
  const { live, decommissioning, enteringMaintenance } = countReplicas(block);
  return live + decommissioning + enteringMaintenance;
}

/** Good replicas on live DataNodes, whatever becomes of these: what is enough to begin with. */
export function replicasThere(block: BlockInfo): number {
  let there = 0;
  for (const storage of block.replicas) {
    if (storage.datanode.alive && !storage.failed && !isCorrupt(block, storage)) there++;
  }
  return there;
}
