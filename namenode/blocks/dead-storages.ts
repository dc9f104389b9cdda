/** Removes the replicas of lost storages from the block map, in slices. */
import type { Transaction } from '../command/transaction.ts';
import { replicaGone } from './block-manager.ts';
import type { BlockManagerState } from './block-state.ts';
import type { DatanodeDescriptor, StorageInfo } from './locations/model.ts';

/** Queues a lost storage, whose replicas are then removed from the block map in slices. */
export function abandonStorage(s: BlockManagerState, tx: Transaction, storage: StorageInfo): void {
  if (storage.blocks.size === 0 || s.deadStorages.includes(storage)) return;
  s.deadStorages.push(storage);
  tx.moreWork();
}

/** Queues all storages of a lost DataNode as abandonStorage() does. */
export function abandonStorages(s: BlockManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  for (const storage of datanode.storages.values()) abandonStorage(s, tx, storage);
}

/** Keeps the replicas of a storage that works again, if they are still in the block map. */
export function keepStorage(s: BlockManagerState, storage: StorageInfo): void {
  const at = s.deadStorages.indexOf(storage);
  if (at >= 0) s.deadStorages.splice(at, 1);
  s.toCheck.push(storage.blocks.keys());
}

/** Removes up to `limit` replicas of lost storages from the block map. Returns the unused rest of `limit`. */
export function removeDeadReplicas(s: BlockManagerState, limit: number): number {
  let budget = limit;
  for (let storage = s.deadStorages.at(-1); storage !== undefined && budget > 0; storage = s.deadStorages.at(-1)) {
    for (const block of storage.blocks.keys()) {
      if (budget-- <= 0) return 0;
      replicaGone(s, block, storage);
    }
    s.deadStorages.pop();
  }
  return Math.max(budget, 0);
}
