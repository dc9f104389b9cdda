/** Orders DataNodes to delete replicas, and keeps each order until the DataNode reports the deletion. */
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from '../locations/model.ts';

/** An order that the DataNode has not answered after this time counts as carried out. */
const DELETION_MS_MAX = 600_000;

/** Orders the deletion of a replica; a later heartbeat of the DataNode takes the order (Hadoop: InvalidateBlocks). */
export function invalidate(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  datanode.invalidates.set(id, genStamp);
}

/** Orders the deletion of a good replica because there are enough others (Hadoop: ExcessRedundancyMap). */
export function invalidateExcess(block: BlockInfo, storage: StorageInfo): void {
  const { id, genStamp } = block;
  storage.datanode.excess.set(id, { block, storage, genStamp });
  block.excess = [...(block.excess ?? []), storage];
  invalidate(storage.datanode, id, genStamp);
}

/**
 * Cancels up to `count` deletions of excess replicas that were not yet sent to their DataNodes. Returns the storages of
 * the replicas that stay.
 */
export function takeBackExcess(block: BlockInfo, count: number): StorageInfo[] {
  const taken: StorageInfo[] = [];
  for (const storage of block.excess ?? []) {
    if (taken.length >= count) break;
    const { datanode } = storage;
    if (storage.failed || datanode.invalidates.get(block.id) !== block.genStamp || datanode.deleting.has(block.id))
      continue;
    replicaDeleted(datanode, block.id, block.genStamp);
    taken.push(storage);
  }
  return taken;
}

/** Takes up to `limit` deletions from the DataNode's queue, to send them in a heartbeat's answer. */
export function takeInvalidates(
  datanode: DatanodeDescriptor,
  limit: number,
  now: number,
): { blockId: number; genStamp: number }[] {
  const taken: { blockId: number; genStamp: number }[] = [];
  for (const [blockId, genStamp] of datanode.invalidates) {
    if (taken.length >= limit) break;
    datanode.invalidates.delete(blockId);
    datanode.deleting.delete(blockId);
    datanode.deleting.set(blockId, { genStamp, sentMs: now });
    taken.push({ blockId, genStamp });
  }
  return taken;
}

/**
 * Returns true if a reported replica is to be deleted and so must not count. Otherwise a report from before the
 * deletion would bring the replica back, and a good replica would be deleted as an excess one.
 * @param isNeeded whether the block now has too few replicas: then the deletion of an excess replica is cancelled
 */
export function isToBeDeleted(
  datanode: DatanodeDescriptor,
  id: number,
  genStamp: number,
  isNeeded: () => boolean,
): boolean {
  const waits = datanode.invalidates.get(id) === genStamp;
  const sent = datanode.deleting.get(id)?.genStamp === genStamp;
  if (!waits && !sent) return false;
  if (datanode.excess.get(id)?.genStamp === genStamp && isNeeded()) {
    replicaDeleted(datanode, id, genStamp);
    return false;
  }
  // The replica still exists: the order was lost, or the DataNode has not carried it out yet.
  if (!waits) invalidate(datanode, id, genStamp);
  return true;
}

/** Drops the order to delete a replica, because the DataNode has deleted the replica or may keep it. */
export function replicaDeleted(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  if (datanode.invalidates.get(id) === genStamp) datanode.invalidates.delete(id);
  if (datanode.deleting.get(id)?.genStamp === genStamp) datanode.deleting.delete(id);
  neverTakeBack(datanode, id, genStamp);
}

/**
 * Drops the order to delete an older replica when the DataNode reports a newer one of the same block. A DataNode has at
 * most one replica of a block.
 */
export function deletedForNewer(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  const told = datanode.deleting.get(id)?.genStamp ?? datanode.invalidates.get(id);
  if (told !== undefined && told < genStamp) replicaDeleted(datanode, id, told);
}

/** Makes the deletion of an excess replica final, even if the block then has too few replicas. */
export function neverTakeBack(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  const excess = datanode.excess.get(id);
  if (excess?.genStamp !== genStamp) return;
  datanode.excess.delete(id);
  const left = excess.block.excess?.filter((storage) => storage !== excess.storage);
  excess.block.excess = left?.length ? left : undefined;
}

/** Drops the orders that a dead DataNode has not received. It may have carried out the orders that it received. */
export function dropInvalidates(datanode: DatanodeDescriptor): void {
  for (const [id, genStamp] of [...datanode.invalidates]) {
    if (datanode.deleting.get(id)?.genStamp === genStamp) datanode.invalidates.delete(id);
    else replicaDeleted(datanode, id, genStamp);
  }
}

/**
 * Drops orders that a DataNode has not answered for a long time: the order may have been lost, or the replica may have
 * been gone already, and then the DataNode never reports a deletion. While an order is kept, no copy can go to the
 * DataNode. A replica that still exists comes back with the next full report. Hadoop drops an order when it is sent.
 */
export function forgetUntoldDeletions(datanode: DatanodeDescriptor, now: number): void {
  // The map is ordered by the time of sending, oldest first.
  for (const [id, { genStamp, sentMs }] of datanode.deleting) {
    if (now - sentMs < DELETION_MS_MAX) break;
    replicaDeleted(datanode, id, genStamp);
  }
}

/**
 * Drops the orders that were sent before every storage of the DataNode began its last full report, and forgets corrupt
 * replicas that these reports did not name.
 * @param holds whether the DataNode still has a replica of the block
 */
export function forgetDeleted(datanode: DatanodeDescriptor, holds: (id: number) => boolean): void {
  let reportedMs = Number.POSITIVE_INFINITY;
  for (const storage of datanode.storages.values()) {
    if (!storage.failed && storage.reportStartedMs < reportedMs) reportedMs = storage.reportStartedMs;
  }
  for (const [id, { genStamp, sentMs }] of datanode.deleting) {
    if (sentMs < reportedMs && !datanode.invalidates.has(id)) replicaDeleted(datanode, id, genStamp);
  }
  if (reportedMs < datanode.registeredMs) return;
  for (const id of datanode.knownCorrupt.keys()) {
    if (!isDeleting(datanode, id) && !holds(id)) datanode.knownCorrupt.delete(id);
  }
}

/** Returns true if the DataNode is to delete a replica of the block. Until it has, it must not receive a new one. */
export const isDeleting = (datanode: DatanodeDescriptor, id: number): boolean =>
  datanode.invalidates.has(id) || datanode.deleting.has(id);
