/** The block map: finds a block by its id, and keeps which storages hold its replicas. */
import { AdminState } from './admin-state.ts';
import { countReplicas, isCorrupt } from './block-info.ts';
import type { BlockInfo, CorruptReplica, DatanodeDescriptor, StorageInfo } from './model.ts';

/** All blocks of the namespace by id. */
export class BlockMap {
  readonly #byId = new Map<number, BlockInfo>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): BlockInfo | undefined {
    return this.#byId.get(id);
  }

  add(block: BlockInfo): void {
    this.#byId.set(block.id, block);
  }

  /** Forgets a block whose file was deleted. Returns the storages that held a replica. */
  remove(block: BlockInfo): StorageInfo[] {
    this.#byId.delete(block.id);
    const holders = [...block.replicas];
    for (const storage of holders) storage.blocks.delete(block);
    block.replicas = [];
    block.corrupt = undefined;
    block.file = undefined;
    return holders;
  }

  values(): IterableIterator<BlockInfo> {
    return this.#byId.values();
  }
}

/** Notes that the storage holds a replica of the block. Returns false if that was known already. */
export function addReplica(block: BlockInfo, storage: StorageInfo): boolean {
  const known = storage.blocks.has(block);
  storage.blocks.set(block, storage.reportEpoch);
  if (known) return false;
  // A swap of volumes can move a replica to another storage of the same DataNode. Only one replica counts for each
  // DataNode.
  const twin = block.replicas.find((s) => s.datanode === storage.datanode);
  if (twin !== undefined) removeReplica(block, twin);
  block.layout.add(block, storage);
  return true;
}

/** Forgets a replica. Returns false if the storage had none. */
export function removeReplica(block: BlockInfo, storage: StorageInfo): boolean {
  if (!storage.blocks.delete(block)) return false;
  block.layout.remove(block, storage);
  clearCorrupt(block, storage);
  return true;
}

export function markCorrupt(block: BlockInfo, storage: StorageInfo, replica: CorruptReplica): void {
  block.corrupt ??= new Map();
  block.corrupt.set(storage, replica);
}

export function clearCorrupt(block: BlockInfo, storage: StorageInfo): void {
  block.corrupt?.delete(storage);
  if (block.corrupt?.size === 0) block.corrupt = undefined;
}

/**
 * Marks the replicas of the DataNodes that left the pipeline as corrupt: the block continues under a new generation
 * stamp on the DataNodes in `staying`. An old replica prevents its DataNode from receiving a new copy, so the old one
 * is deleted when the block is complete.
 */
export function leaveBehind(block: BlockInfo, staying: readonly (DatanodeDescriptor | undefined)[]): void {
  const { corrupt, genStamp, replicas } = block;
  block.corrupt = undefined;
  block.replicas = replicas.filter((storage) => !staying.includes(storage.datanode));
  for (const storage of replicas) {
    if (staying.includes(storage.datanode)) storage.blocks.delete(block);
    else
      markCorrupt(block, storage, {
        reason: 'GENSTAMP_MISMATCH',
        genStamp: corrupt?.get(storage)?.genStamp ?? genStamp,
      });
  }
}

/** Returns the storage of the DataNode that holds a replica of the block, or undefined. */
export function replicaOn(block: BlockInfo, datanode: DatanodeDescriptor): StorageInfo | undefined {
  return block.replicas.find((s) => s.datanode === datanode);
}

/**
 * Returns true if a replica on this storage can be read and copied. A DataNode in maintenance may be switched off at
 * any time.
 */
export const isReadable = ({ datanode, failed }: StorageInfo): boolean =>
  datanode.alive && !failed && datanode.adminState !== AdminState.IN_MAINTENANCE;

/**
 * Returns the storages from which clients can read the block (BlockManager.createLocatedBlock): those with good
 * replicas, or those with corrupt replicas if there are no good ones. Returns no storages if good replicas exist only
 * on DataNodes in maintenance.
 */
export function readableReplicas(block: BlockInfo): { storages: StorageInfo[]; corrupt: boolean } {
  const storages = block.replicas.filter(isReadable);
  const good = storages.filter((s) => !isCorrupt(block, s));
  if (good.length > 0) return { storages: good, corrupt: false };
  const corrupt = storages.length > 0 && countReplicas(block).inMaintenance === 0;
  return { storages: corrupt ? storages : [], corrupt };
}
