/** Replicas that DataNodes are to delete, from the order until the DataNode has told that it is done. */
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from './model.ts';

/** After this silence a DataNode is taken to have deleted what it was told to, or not to have had it. */
const DELETION_MS_MAX = 600_000;

/** Has a replica deleted with one of the DataNode's next heartbeats (InvalidateBlocks). */
export function invalidate(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  datanode.invalidates.set(id, genStamp);
}

/** Has a good replica deleted because there are enough others (ExcessRedundancyMap). */
export function invalidateExcess(block: BlockInfo, storage: StorageInfo): void {
  const { id, genStamp } = block;
  storage.datanode.excess.set(id, { block, storage, genStamp });
  block.excess = [...(block.excess ?? []), storage];
  invalidate(storage.datanode, id, genStamp);
}

/** The excess replicas of a block that its DataNodes were not told to delete yet are taken back. */
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

/** The next replicas that the DataNode is to delete, now on their way to it. */
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
 * Whether a replica that the DataNode reports is to be deleted and counts as gone. A report that was made before the
 * deletion must not bring it back: another replica would be deleted as the one too many. `isNeeded`: an excess replica
 * that has become one too few is taken back.
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
  // It is still there: the order was lost, or is not carried out yet.
  if (!waits) invalidate(datanode, id, genStamp);
  return true;
}

/** The DataNode has told that it no longer has the replica, or it may keep it. */
export function replicaDeleted(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  if (datanode.invalidates.get(id) === genStamp) datanode.invalidates.delete(id);
  if (datanode.deleting.get(id)?.genStamp === genStamp) datanode.deleting.delete(id);
  neverTakeBack(datanode, id, genStamp);
}

/** The DataNode tells of a newer replica than the one that it is to delete: of one block it has no two. */
export function deletedForNewer(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  const told = datanode.deleting.get(id)?.genStamp ?? datanode.invalidates.get(id);
  if (told !== undefined && told < genStamp) replicaDeleted(datanode, id, told);
}

/** The excess replica is not worth keeping, whatever happens to the others. */
export function neverTakeBack(datanode: DatanodeDescriptor, id: number, genStamp: number): void {
  const excess = datanode.excess.get(id);
  if (excess?.genStamp !== genStamp) return;
  datanode.excess.delete(id);
  const left = excess.block.excess?.filter((storage) => storage !== excess.storage);
  excess.block.excess = left?.length ? left : undefined;
}

/** The DataNode is dead and gets no more orders. It may have carried out the orders that it got. */
export function dropInvalidates(datanode: DatanodeDescriptor): void {
  for (const [id, genStamp] of [...datanode.invalidates]) {
    if (datanode.deleting.get(id)?.genStamp === genStamp) datanode.invalidates.delete(id);
    else replicaDeleted(datanode, id, genStamp);
  }
}

/**
 * The order may have been lost, or the replica was gone before it: nothing is told of such a one, and no copy may go to
 * the DataNode while it is waited for. What is there all the same comes back with the next full report. (Hadoop forgets
 * an order when it is sent.)
 */
export function forgetUntoldDeletions(datanode: DatanodeDescriptor, now: number): void {
  // The oldest comes first.
  for (const [id, { genStamp, sentMs }] of datanode.deleting) {
    if (now - sentMs < DELETION_MS_MAX) break;
    replicaDeleted(datanode, id, genStamp);
  }
}

/**
 * What was to be deleted before each of the DataNode's storages began its last full report is gone, and what was
 * corrupt, when none of them named it. `holds`: whether the DataNode still has a replica of the block.
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

/** Whether the DataNode is going to delete a replica of the block: no new one may go there until it has. */
export const isDeleting = (datanode: DatanodeDescriptor, id: number): boolean =>
  datanode.invalidates.has(id) || datanode.deleting.has(id);
