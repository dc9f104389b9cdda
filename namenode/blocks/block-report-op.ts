/** The operations of full and incremental block reports, and of reports about corrupt replicas. */
import { hadoopError } from '../../runtime/errors.ts';
import type { Transaction } from '../command/transaction.ts';
import { type ReportedReplica, replicaGone, replicaReported, storedReplicaCorrupt } from './block-manager.ts';
import type { BlockManagerState } from './block-state.ts';
import { maybeLeaveSafeMode } from './leave-safe-mode.ts';
import { replicaOn } from './locations/block-map.ts';
import { type StorageFacts, updateStorage, xferAddress } from './locations/datanode-descriptor.ts';
import type { DatanodeDescriptor, DatanodeId, StorageInfo } from './locations/model.ts';
import { futureReported } from './lost-future.ts';
import {
  deletedForNewer,
  forgetDeleted,
  isDeleting,
  neverTakeBack,
  replicaDeleted,
} from './redundancy/invalidate-blocks.ts';

/** Values of ReceivedDeletedBlockInfoProto.BlockStatus. */
const RECEIVING = 1;
const RECEIVED = 2;
/**
 * Number of blocks that the last part of a full report checks at once. The rest is checked in later turns of the event
 * loop.
 */
const SWEEP_BLOCKS = 2000;

/**
 * Returns the DataNode that sent a report.
 * A DataNode that is not registered keeps its report and registers again. The exception must not be
 * UnregisteredNodeException, because Hadoop's DataNode stops at that one.
 * @throws IOException if the DataNode is not registered
 */
function requireDatanode(s: BlockManagerState, id: DatanodeId): DatanodeDescriptor {
  const datanode = s.datanodes.registered(id);
  if (datanode !== undefined) return datanode;
  throw hadoopError('IOException', `Got a block report from an unregistered or dead node ${xferAddress(id)}`);
}

export interface BlockReportPart {
  readonly id: DatanodeId;
  readonly storage: StorageFacts;
  readonly replicas: readonly ReportedReplica[];
  /** True for the first part, which begins a new report. */
  readonly first: boolean;
  /** True for the last part. Replicas that no part of the report named are then removed. */
  readonly last: boolean;
}

/**
 * Processes one part of the full block report of one storage. Reports come in parts so that none holds the event loop
 * for long.
 */
export function blockReport(s: BlockManagerState, tx: Transaction, request: BlockReportPart): void {
  const datanode = requireDatanode(s, request.id);
  const storage = updateStorage(datanode, request.storage);
  if (request.first) {
    storage.reportEpoch++;
    storage.reportStartedMs = tx.now;
    s.safeMode.future.beginReport(storage.uuid);
  }
  for (const replica of request.replicas) replicaReported(s, tx, storage, replica);
  if (!request.last) return;
  datanode.lastBlockReportMs = tx.wallMs;
  s.sweeps.push({ storage, epoch: storage.reportEpoch, blocks: storage.blocks.entries() });
  if (sweepReports(s, SWEEP_BLOCKS) === 0) tx.moreWork();
  forgetDeleted(datanode, (blockId) => {
    const block = s.blocks.get(blockId);
    return block !== undefined && replicaOn(block, datanode) !== undefined;
  });
  tx.log('info', `Block report of ${xferAddress(datanode.id)} ${storage.uuid}: ${storage.blocks.size} blocks`);
  futureReported(s, tx, storage);
  maybeLeaveSafeMode(s, tx);
}

/**
 * Checks up to `limit` blocks of storages whose full report is complete, and removes the replicas that the report did
 * not name. Returns the unused rest of `limit`.
 */
export function sweepReports(s: BlockManagerState, limit: number): number {
  let budget = limit;
  for (let sweep = s.sweeps.at(-1); sweep !== undefined; sweep = s.sweeps.at(-1)) {
    for (;;) {
      if (budget === 0) return 0;
      const next = sweep.blocks.next();
      // A newer report of this storage began, and its own sweep replaces this one.
      if (next.done || sweep.storage.reportEpoch !== sweep.epoch) break;
      budget--;
      const [block, epoch] = next.value;
      if (epoch < sweep.epoch) replicaGone(s, block, sweep.storage);
    }
    s.sweeps.pop();
  }
  return budget;
}

export interface IncrementalReport {
  readonly id: DatanodeId;
  readonly storages: readonly {
    readonly storage: StorageFacts;
    readonly blocks: readonly {
      readonly id: number;
      readonly genStamp: number;
      readonly numBytes: number;
      readonly status: number;
      readonly deleteHint: string | undefined;
    }[];
  }[];
}

/** Processes the changes that a DataNode reports since its last report (DatanodeProtocol.blockReceivedAndDeleted). */
export function incrementalBlockReport(s: BlockManagerState, tx: Transaction, request: IncrementalReport): void {
  const datanode = requireDatanode(s, request.id);
  for (const { storage: facts, blocks } of request.storages) {
    const storage = updateStorage(datanode, facts);
    for (const { id, genStamp, numBytes, status, deleteHint } of blocks) {
      if (status === RECEIVED || status === RECEIVING) {
        const state = status === RECEIVED ? 0 : 1;
        deletedForNewer(datanode, id, genStamp);
        replicaReported(s, tx, storage, { id, genStamp, numBytes, state }, hinted(s, id, deleteHint));
        continue;
      }
      replicaDeleted(datanode, id, genStamp);
      if (datanode.knownCorrupt.get(id) === genStamp) datanode.knownCorrupt.delete(id);
      const block = s.blocks.get(id);
      // The replica may be on any storage of the DataNode. A corrupt replica has its own generation stamp.
      const holder = block && replicaOn(block, datanode);
      const known = holder && (block.corrupt?.get(holder)?.genStamp ?? block.genStamp);
      if (block !== undefined && holder !== undefined && known === genStamp) replicaGone(s, block, holder);
    }
  }
  if (s.safeMode.isStartup) maybeLeaveSafeMode(s, tx);
}

function hinted(s: BlockManagerState, blockId: number, uuid: string | undefined): StorageInfo | undefined {
  const datanode = uuid ? s.datanodes.get(uuid) : undefined;
  const block = s.blocks.get(blockId);
  return datanode && block && replicaOn(block, datanode);
}

/**
 * Marks replicas as corrupt that a client or a DataNode read with wrong bytes. A replica that no DataNode has reported
 * is ignored.
 */
export function reportBadBlocks(
  s: BlockManagerState,
  tx: Transaction,
  request: { readonly replicas: readonly { blockId: number; genStamp: number; datanodeUuid: string }[] },
): void {
  for (const { blockId, genStamp, datanodeUuid } of request.replicas) {
    const block = s.blocks.get(blockId);
    // With another generation stamp, the replica that was read is not the current one.
    if (block?.genStamp !== genStamp) continue;
    const datanode = s.datanodes.get(datanodeUuid);
    const storage = datanode && replicaOn(block, datanode);
    if (datanode !== undefined && storage === undefined && isDeleting(datanode, blockId)) {
      neverTakeBack(datanode, blockId, genStamp);
      datanode.knownCorrupt.set(blockId, genStamp);
    }
    if (storage !== undefined) storedReplicaCorrupt(s, tx, block, storage, { reason: 'CORRUPTION_REPORTED', genStamp });
  }
}
