/** Every block by its id, and the replicas that storages hold of it. */
import { AdminState } from './admin-state.ts';
import { countReplicas, isCorrupt } from './block-info.ts';
import type { BlockInfo, CorruptReplica, DatanodeDescriptor, StorageInfo } from './model.ts';

/** Every block of the namespace by its id, and which storages hold it. */
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

  /** Forgets a block whose file is gone. Returns the storages that held a replica. */
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

/** Notes a replica. Returns false when it was known already. */
export function addReplica(block: BlockInfo, storage: StorageInfo): boolean {
  const known = storage.blocks.has(block);
  storage.blocks.set(block, storage.reportEpoch);
  if (known) return false;
  // A volume swap can move a replica to another storage of its DataNode: one replica a node counts.
  const twin = block.replicas.find((s) => s.datanode === storage.datanode);
  if (twin !== undefined) removeReplica(block, twin);
  block.layout.add(block, storage);
  return true;
}

/** Forgets a replica. Returns false when there was none. */
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
 * The block goes on under a new generation on these DataNodes: what the others hold is of the old one. Such a replica
 * keeps its DataNode from taking a new copy, so that it has to be deleted once the block is complete.
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

/** The replica that a DataNode holds, on whichever of its storages. */
export function replicaOn(block: BlockInfo, datanode: DatanodeDescriptor): StorageInfo | undefined {
  return block.replicas.find((s) => s.datanode === datanode);
}

/** Whether a replica there can be read and copied: one of a DataNode that is in maintenance can't be relied on. */
export const isReadable = ({ datanode, failed }: StorageInfo): boolean =>
  datanode.alive && !failed && datanode.adminState !== AdminState.IN_MAINTENANCE;

/**
 * Where readers find the block (BlockManager.createLocatedBlock): the good replicas, or the corrupt ones when there are
 * no others. While the good ones are in maintenance it is nowhere.
 */
export function readableReplicas(block: BlockInfo): { storages: StorageInfo[]; corrupt: boolean } {
  const storages = block.replicas.filter(isReadable);
  const good = storages.filter((s) => !isCorrupt(block, s));
  if (good.length > 0) return { storages: good, corrupt: false };
  const corrupt = storages.length > 0 && countReplicas(block).inMaintenance === 0;
  return { storages: corrupt ? storages : [], corrupt };
}
