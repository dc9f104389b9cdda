/** Storages whose replicas are lost: they leave the block map in slices. */
import type { Transaction } from '../command/transaction.ts';
import { replicaGone } from './block-manager.ts';
import type { BlockManagerState } from './block-state.ts';
import type { DatanodeDescriptor, StorageInfo } from './model.ts';

/** The replicas of a storage are lost: they are taken out of the block map in slices. */
export function abandonStorage(s: BlockManagerState, tx: Transaction, storage: StorageInfo): void {
  if (storage.blocks.size === 0 || s.deadStorages.includes(storage)) return;
  s.deadStorages.push(storage);
  tx.moreWork();
}

export function abandonStorages(s: BlockManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  for (const storage of datanode.storages.values()) abandonStorage(s, tx, storage);
}

/** The storage works again: the replicas that are still in the block map count again. */
export function keepStorage(s: BlockManagerState, storage: StorageInfo): void {
  const at = s.deadStorages.indexOf(storage);
  if (at >= 0) s.deadStorages.splice(at, 1);
  s.toCheck.push(storage.blocks.keys());
}

/** Takes up to `limit` replicas of dead storages out of the block map. Returns how many it did not need. */
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
