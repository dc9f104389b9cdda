import { hadoopError } from '../protocol/errors.ts';
import { type ReportedReplica, replicaGone, replicaReported, storedReplicaCorrupt } from './block-manager.ts';
import { replicaOn } from './block-map.ts';
import { rejoinPipelines } from './block-recovery.ts';
import {
  type DatanodeDescriptor,
  type DatanodeId,
  rollScheduled,
  type StorageFacts,
  type StorageInfo,
  updateStorage,
  xferAddress,
} from './datanode-registry.ts';
import { applyHostLists, checkIncluded } from './host-admission.ts';
import { dropInvalidates, forgetDeleted, neverTakeBack, repeatDeletions, replicaDeleted } from './invalidate-blocks.ts';
import { continueCopying } from './reconstruction-op.ts';
import { streamsOf } from './replication.ts';
import type { NamesystemState, Transaction } from './state.ts';
import { rackOf } from './topology.ts';

/** ReceivedDeletedBlockInfoProto.BlockStatus. */
const RECEIVING = 1;
const RECEIVED = 2;
/** Blocks that the end of a full report looks at in its own turn. */
const SWEEP_BLOCKS = 2000;

export interface RegisterRequest {
  readonly id: DatanodeId;
  readonly softwareVersion: string;
}

/** A DataNode arrives or comes back. What it holds is known when its full report has come. */
export function registerDatanode(s: NamesystemState, tx: Transaction, request: RegisterRequest): void {
  const { id } = request;
  checkIncluded(s, id);
  const rack = rackOf(s.config.racks, id.ipAddr, id.hostName);
  const returning = s.datanodes.get(id.datanodeUuid)?.alive === false;
  const { datanode, replaced } = s.datanodes.register(id, rack, request.softwareVersion, tx.now);
  if (replaced !== undefined) {
    becomeDead(s, tx, replaced, 'another DataNode has its address');
    s.decommissions.delete(replaced);
  }
  if (returning) becomeAlive(s, tx, datanode);
  datanode.transfers = [];
  datanode.recoveries = [];
  datanode.isCopying = false;
  datanode.heartbeats = 0;
  for (const block of s.redundancy.pending.abandon(datanode)) s.redundancy.update(block);
  applyHostLists(s, tx, datanode);
  tx.log('info', `DataNode ${id.datanodeUuid} at ${xferAddress(id)} registered in ${rack}`);
  maybeLeaveSafeMode(s, tx);
}

/** What it still counts as holding counts again, until its report says otherwise. */
function becomeAlive(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor): void {
  for (const storage of datanode.storages.values()) if (!storage.failed) keepStorage(s, storage);
  tx.moreWork();
}

/**
 * The DataNode of a report. One that is not known keeps what it has to tell until it has registered again; the
 * exception must not be UnregisteredNodeException, at which Hadoop's DataNode gives up.
 * @throws IOException
 */
function requireDatanode(s: NamesystemState, id: DatanodeId): DatanodeDescriptor {
  const datanode = s.datanodes.registered(id);
  if (datanode !== undefined) return datanode;
  throw hadoopError('IOException', `Got a block report from an unregistered or dead node ${xferAddress(id)}`);
}

export interface HeartbeatFacts {
  readonly id: DatanodeId;
  readonly storages: readonly StorageFacts[];
  readonly xceiverCount: number;
  readonly xmitsInProgress: number;
  readonly failedVolumes: number;
  readonly cacheCapacity: number;
  readonly cacheUsed: number;
}

/** False when the DataNode is not known here and has to register. */
export function heartbeat(s: NamesystemState, tx: Transaction, request: HeartbeatFacts): boolean {
  checkIncluded(s, request.id);
  const datanode = s.datanodes.registered(request.id);
  if (datanode === undefined) return false;
  datanode.lastHeartbeatMs = tx.now;
  datanode.xceiverCount = request.xceiverCount;
  datanode.xmitsInProgress = request.xmitsInProgress;
  const failedBefore = datanode.volumeFailures;
  datanode.volumeFailures = request.failedVolumes;
  datanode.cacheCapacity = request.cacheCapacity;
  datanode.cacheUsed = request.cacheUsed;
  for (const facts of request.storages) {
    const wasFailed = datanode.storages.get(facts.uuid)?.failed ?? false;
    const storage = updateStorage(datanode, facts);
    if (storage.failed && !wasFailed) storageFailed(s, tx, storage);
    else if (wasFailed && !storage.failed) keepStorage(s, storage);
  }
  for (const storage of datanode.storages.values()) {
    // Hadoop's DataNodes stop to tell of a volume that failed (DatanodeDescriptor.updateFailedStorage).
    if (
      storage.failed ||
      request.storages.length === 0 ||
      request.storages.some((facts) => facts.uuid === storage.uuid)
    )
      continue;
    if (request.failedVolumes <= failedBefore && datanode.heartbeats > 0) continue;
    storage.failed = true;
    storageFailed(s, tx, storage);
  }
  datanode.heartbeats++;
  if (datanode.isCopying && !s.safeMode.isOn) {
    continueCopying(s, tx, datanode);
    datanode.isCopying = streamsOf(datanode) > 0;
  }
  rejoinPipelines(s, datanode);
  rollScheduled(datanode, tx.now);
  repeatDeletions(datanode, tx.now);
  return true;
}

function storageFailed(s: NamesystemState, tx: Transaction, storage: StorageInfo): void {
  tx.log('warn', `${xferAddress(storage.datanode.id)}: storage ${storage.uuid} failed, its replicas are lost`);
  abandonStorage(s, tx, storage);
}

/** It works again: what it still counts as holding counts again. */
function keepStorage(s: NamesystemState, storage: StorageInfo): void {
  const at = s.deadStorages.indexOf(storage);
  if (at >= 0) s.deadStorages.splice(at, 1);
  s.toCheck.push(storage.blocks.keys());
}

/** What a storage held is lost: its blocks are taken out of the map in slices. */
function abandonStorage(s: NamesystemState, tx: Transaction, storage: StorageInfo): void {
  if (storage.blocks.size === 0) return;
  s.deadStorages.push(storage);
  tx.moreWork();
}

/** The DataNode counts as lost; its replicas no longer do. */
export function becomeDead(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor, why: string): void {
  datanode.alive = false;
  s.datanodes.racksChanged();
  datanode.transfers = [];
  datanode.recoveries = [];
  dropInvalidates(datanode);
  for (const storage of datanode.storages.values()) abandonStorage(s, tx, storage);
  tx.log('warn', `DataNode ${xferAddress(datanode.id)} is dead: ${why}`);
}

/** Takes up to `limit` replicas of dead storages out of the block map. Returns how many it did not need. */
export function removeDeadReplicas(s: NamesystemState, limit: number): number {
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

export interface BlockReportPart {
  readonly id: DatanodeId;
  readonly storage: StorageFacts;
  readonly replicas: readonly ReportedReplica[];
  /** The first part begins a new report, the last ends it: what was not in it is gone. */
  readonly first: boolean;
  readonly last: boolean;
}

/** A part of one storage's full block report, small enough for one turn. */
export function blockReport(s: NamesystemState, tx: Transaction, request: BlockReportPart): void {
  const datanode = requireDatanode(s, request.id);
  const storage = updateStorage(datanode, request.storage);
  if (request.first) {
    storage.reportEpoch++;
    storage.reportStartedMs = tx.now;
  }
  for (const replica of request.replicas) replicaReported(s, tx, storage, replica);
  if (!request.last) return;
  datanode.lastBlockReportMs = tx.now;
  s.sweeps.push({ storage, epoch: storage.reportEpoch, blocks: storage.blocks.entries() });
  if (sweepReports(s, SWEEP_BLOCKS) === 0) tx.moreWork();
  forgetDeleted(datanode);
  tx.log('info', `Block report of ${xferAddress(datanode.id)} ${storage.uuid}: ${storage.blocks.size} blocks`);
  maybeLeaveSafeMode(s, tx);
}

/**
 * Looks at up to `limit` blocks of storages whose full report has come: what was not in it is gone. Returns how many it
 * did not need.
 */
export function sweepReports(s: NamesystemState, limit: number): number {
  let budget = limit;
  for (let sweep = s.sweeps.at(-1); sweep !== undefined; sweep = s.sweeps.at(-1)) {
    for (;;) {
      if (budget === 0) return 0;
      const next = sweep.blocks.next();
      // A newer report makes a sweep of its own.
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

/** blockReceivedAndDeleted: what changed on the DataNode since it last told. */
export function incrementalBlockReport(s: NamesystemState, tx: Transaction, request: IncrementalReport): void {
  const datanode = requireDatanode(s, request.id);
  for (const { storage: facts, blocks } of request.storages) {
    const storage = updateStorage(datanode, facts);
    for (const { id, genStamp, numBytes, status, deleteHint } of blocks) {
      if (status === RECEIVED || status === RECEIVING) {
        const state = status === RECEIVED ? 0 : 1;
        replicaReported(s, tx, storage, { id, genStamp, numBytes, state }, hinted(s, id, deleteHint));
        continue;
      }
      replicaDeleted(datanode, id, genStamp);
      const block = s.blocks.get(id);
      // On whichever of its storages; a corrupt one has a generation of its own.
      const holder = block && replicaOn(block, datanode);
      const known = holder && (block.corrupt?.get(holder)?.genStamp ?? block.genStamp);
      if (block !== undefined && holder !== undefined && known === genStamp) replicaGone(s, block, holder);
    }
  }
  if (s.safeMode.isStartup) maybeLeaveSafeMode(s, tx);
}

function hinted(s: NamesystemState, blockId: number, uuid: string | undefined): StorageInfo | undefined {
  const datanode = uuid ? s.datanodes.get(uuid) : undefined;
  const block = s.blocks.get(blockId);
  return datanode && block && replicaOn(block, datanode);
}

/** Someone read wrong bytes. Replicas that nobody else has told of are ignored. */
export function reportBadBlocks(
  s: NamesystemState,
  tx: Transaction,
  request: { readonly replicas: readonly { blockId: number; genStamp: number; datanodeUuid: string }[] },
): void {
  for (const { blockId, genStamp, datanodeUuid } of request.replicas) {
    const block = s.blocks.get(blockId);
    // Of another generation: the replica that was read is not the one that counts now.
    if (block?.genStamp !== genStamp) continue;
    const datanode = s.datanodes.get(datanodeUuid);
    const storage = datanode && replicaOn(block, datanode);
    if (datanode !== undefined) neverTakeBack(datanode, blockId, genStamp);
    if (storage !== undefined) storedReplicaCorrupt(s, tx, block, storage, { reason: 'CORRUPTION_REPORTED', genStamp });
  }
}

/** Ends start-up's safe mode when it may end; then every block is looked at once. */
export function maybeLeaveSafeMode(s: NamesystemState, tx: Transaction): void {
  if (s.safeMode.maybeLeave(s.datanodes.liveCount, tx.now)) safeModeLeft(s, tx);
}

export function safeModeLeft(s: NamesystemState, tx: Transaction): void {
  tx.log('info', 'Safe mode is off');
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}
