/** Blocks, and how many replicas of each kind they have. */
import { AdminState } from './admin-state.ts';
import { CONTIGUOUS } from './block-layout.ts';
import { isMaintenance } from './datanode-descriptor.ts';
import type { BlockInfo, BlockState, StorageInfo } from './model.ts';

/** Whether its final length is not known yet, so that replicas of any length and generation may be right. */
export const isBeingWritten = (block: BlockInfo): boolean =>
  block.state === 'UNDER_CONSTRUCTION' || block.state === 'UNDER_RECOVERY';

/** ReplicaStateProto's numbers. */
export const REPLICA_FINALIZED = 0;
export const REPLICA_RBW = 1;
export const REPLICA_RWR = 2;

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

/** Returns the bytes of these blocks; of a block under construction, the bytes that its writer has told. */
export function lengthOf(blocks: readonly BlockInfo[]): number {
  let length = 0;
  for (const block of blocks) length += block.numBytes;
  return length;
}

/** The same without the last block while that is not complete. */
export function completeLengthOf(blocks: readonly BlockInfo[]): number {
  const last = blocks.at(-1);
  return lengthOf(blocks) - (last !== undefined && last.state !== 'COMPLETE' ? last.numBytes : 0);
}
