import type { StorageInfo } from './datanode-registry.ts';
import type { INodeFile } from './inode.ts';

/**
 * A block's life on the NameNode: its client writes it (UNDER_CONSTRUCTION), tells its final length (COMMITTED), and
 * enough DataNodes have reported a finalized replica of that length (COMPLETE).
 */
export type BlockState = 'UNDER_CONSTRUCTION' | 'COMMITTED' | 'COMPLETE';

/** ReplicaStateProto's numbers. */
export const REPLICA_FINALIZED = 0;
export const REPLICA_RBW = 1;

/** What a DataNode of the pipeline has told of a block under construction. */
export interface ReplicaUnderConstruction {
  readonly storage: StorageInfo;
  state: number;
  genStamp: number;
  numBytes: number;
}

export interface BlockInfo {
  readonly id: number;
  genStamp: number;
  /** Of a block under construction: what its writer has told so far. */
  numBytes: number;
  state: BlockState;
  /** Undefined when its file was deleted. */
  file: INodeFile | undefined;
  /** Storages with a finalized replica of this generation, corrupt ones included. */
  replicas: StorageInfo[];
  /** Those of `replicas` whose bytes are known to be wrong. */
  corrupt: Set<StorageInfo> | undefined;
  /** The pipeline, and what its DataNodes reported; undefined when COMPLETE. */
  expected: ReplicaUnderConstruction[] | undefined;
  /** Lease recovery in progress: its generation stamp, when it started, how often it was tried. */
  recovery: { id: number; startedMs: number; attempts: number } | undefined;
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
    expected: state === 'COMPLETE' ? undefined : [],
    recovery: undefined,
  };
}

/** As messages name it: `blk_1073741825_1001`. */
export const blockName = (block: { id: number; genStamp: number }): string => `blk_${block.id}_${block.genStamp}`;

export function isCorrupt(block: BlockInfo, storage: StorageInfo): boolean {
  return block.corrupt?.has(storage) ?? false;
}

/** Replicas that readers can use and that count towards the replication: on a live DataNode and not corrupt. */
export function liveReplicas(block: BlockInfo): number {
  let count = 0;
  for (const storage of block.replicas) if (storage.datanode.alive && !isCorrupt(block, storage)) count++;
  return count;
}
