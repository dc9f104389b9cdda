/** Makes blocks, and counts the replicas of a block by their kind. */
import { AdminState } from './admin-state.ts';
import { CONTIGUOUS } from './block-layout.ts';
import { isMaintenance } from './datanode-descriptor.ts';
import type { BlockInfo, BlockState, StorageInfo } from './model.ts';

/**
 * Returns true while the final length of the block is not known. Until then, replicas of any length and generation
 * stamp may be right.
 */
export const isBeingWritten = (block: BlockInfo): boolean =>
  block.state === 'UNDER_CONSTRUCTION' || block.state === 'UNDER_RECOVERY';

/** The values of ReplicaStateProto. */
export const REPLICA_FINALIZED = 0;
export const REPLICA_RBW = 1;
export const REPLICA_RWR = 2;

/** Makes a block without replicas and without a file. `numBytes` is its length in bytes. */
export function newBlock(id: number, genStamp: number, numBytes: number, state: BlockState): BlockInfo {
  return {
    id,
    layout: CONTIGUOUS,
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

/** Returns the name of a block as messages show it: `blk_1073741825_1001`. */
export const blockName = (block: { id: number; genStamp: number }): string => `blk_${block.id}_${block.genStamp}`;

export function isCorrupt(block: BlockInfo, storage: StorageInfo): boolean {
  return block.corrupt?.has(storage) ?? false;
}

/**
 * The number of replicas of a block, by their kind (Hadoop: NumberReplicas). A replica on a dead DataNode is counted
 * only if the DataNode is in maintenance.
 */
export interface NumberReplicas {
  /** Good replicas on live DataNodes in service. Only these count towards the replication of the file. */
  readonly live: number;
  /** Good replicas on DataNodes that are being decommissioned. Clients can read them, and they can be copied. */
  readonly decommissioning: number;
  readonly decommissioned: number;
  /** Good replicas on live DataNodes that enter maintenance. Clients can read them, and they can be copied. */
  readonly enteringMaintenance: number;
  /** Good replicas on DataNodes that are in maintenance, or that died while they entered maintenance. */
  readonly inMaintenance: number;
  readonly corrupt: number;
}

/** Counts the replicas of a block by their kind. */
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

/**
 * Returns the number of good replicas on live DataNodes in service, which count towards the replication of the file.
 */
export const liveReplicas = (block: BlockInfo): number => countReplicas(block).live;

/**
 * Returns the number of replicas that can make a block COMPLETE. Replicas on DataNodes that are being decommissioned or
 * enter maintenance count too.
 */
export function usableReplicas(block: BlockInfo): number {
  const { live, decommissioning, enteringMaintenance } = countReplicas(block);
  return live + decommissioning + enteringMaintenance;
}

/**
 * Returns the number of good replicas on live DataNodes, in whatever administrative state. Safe mode at start-up counts
 * these.
 */
export function replicasThere(block: BlockInfo): number {
  let there = 0;
  for (const storage of block.replicas) {
    if (storage.datanode.alive && !storage.failed && !isCorrupt(block, storage)) there++;
  }
  return there;
}

/**
 * Returns the sum of the blocks' lengths in bytes. A block under construction counts with the length that its writer
 * has reported so far.
 */
export function lengthOf(blocks: readonly BlockInfo[]): number {
  let length = 0;
  for (const block of blocks) length += block.numBytes;
  return length;
}

/** Returns the sum of the blocks' lengths in bytes, without the last block if that block is not COMPLETE. */
export function completeLengthOf(blocks: readonly BlockInfo[]): number {
  const last = blocks.at(-1);
  return lengthOf(blocks) - (last !== undefined && last.state !== 'COMPLETE' ? last.numBytes : 0);
}
