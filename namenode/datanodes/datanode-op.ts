/** The operations by which DataNodes register, send heartbeats and are declared dead. */
import type { DatanodeCommandProto } from '../../protocol/gen/messages.ts';
import { rejoinPipelines } from '../blocks/block-recovery.ts';
import { abandonStorage, abandonStorages, keepStorage } from '../blocks/dead-storages.ts';
import { maybeLeaveSafeMode } from '../blocks/leave-safe-mode.ts';
import {
  isMaintenance,
  rollScheduled,
  type StorageFacts,
  updateStorage,
  xferAddress,
} from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor, DatanodeId, StorageInfo } from '../blocks/locations/model.ts';
import { rackOf } from '../blocks/locations/topology.ts';
import { continueCopying, noteFailedCopies } from '../blocks/reconstruction-op.ts';
import { dropInvalidates, forgetUntoldDeletions } from '../blocks/redundancy/invalidate-blocks.ts';
import { streamsOf } from '../blocks/redundancy/redundancy.ts';
import type { Transaction } from '../command/transaction.ts';
import { NO_LEASE } from './block-report-leases.ts';
import { REGISTER_COMMAND, takeCommands } from './datanode-commands.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { applyHostLists, checkIncluded } from './host-admission.ts';
import type { SlowPeerReport } from './slow-nodes.ts';

export interface RegisterRequest {
  readonly id: DatanodeId;
  readonly softwareVersion: string;
}

/** Registers a DataNode that is new or comes back. Its replicas are known after its full block report. */
export function registerDatanode(s: DatanodeManagerState, tx: Transaction, request: RegisterRequest): void {
  const { id } = request;
  checkIncluded(s, id);
  const rack = rackOf(s.blockManager.config.racks, id.ipAddr, id.hostName);
  const returning = s.blockManager.datanodes.get(id.datanodeUuid)?.alive === false;
  const { datanode, replaced } = s.blockManager.datanodes.register(id, rack, request.softwareVersion, tx.now);
  if (replaced !== undefined) {
    becomeDead(s, tx, replaced, 'another DataNode has its address');
    abandonStorages(s.blockManager, tx, replaced);
    s.leaving.delete(replaced);
  }
  if (returning) becomeAlive(s, tx, datanode);
  datanode.transfers = [];
  datanode.recoveries = [];
  datanode.isCopying = false;
  datanode.transfersGivenMs = undefined;
  datanode.heartbeats = 0;
  for (const block of s.blockManager.redundancy.pending.abandon(datanode)) s.blockManager.redundancy.update(block);
  applyHostLists(s, tx, datanode);
  tx.log('info', `DataNode ${id.datanodeUuid} at ${xferAddress(id)} registered in ${rack}`);
  maybeLeaveSafeMode(s.blockManager, tx);
}

/**
 * Keeps the replicas of a DataNode that comes back, if they are still in the block map. Its next report corrects them.
 */
function becomeAlive(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  for (const storage of datanode.storages.values()) if (!storage.failed) keepStorage(s.blockManager, storage);
  tx.moreWork();
}

export interface HeartbeatFacts {
  readonly id: DatanodeId;
  readonly storages: readonly StorageFacts[];
  readonly xceiverCount: number;
  readonly xmitsInProgress: number;
  readonly failedVolumes: number;
  readonly cacheCapacity: number;
  readonly cacheUsed: number;
  readonly slowPeers?: readonly SlowPeerReport[];
  /** Whether the DataNode asks for a lease for a full block report. */
  readonly wantsReportLease?: boolean;
}

/** The answer to a heartbeat. */
export interface HeartbeatResult {
  /** False if the DataNode is not known. Its only command is then to register. */
  readonly isRegistered: boolean;
  /** The commands that were taken from the DataNode's queues. */
  readonly commands: DatanodeCommandProto[];
  /** NO_LEASE if no lease was requested or none is free. */
  readonly reportLeaseId: string;
  /** Whether other DataNodes found this one slow. */
  readonly isSlow: boolean;
}

const NOT_REGISTERED: HeartbeatResult = {
  isRegistered: false,
  commands: [REGISTER_COMMAND],
  reportLeaseId: NO_LEASE,
  isSlow: false,
};

/**
 * Processes a heartbeat (FSNamesystem.handleHeartbeat).
 * @throws DisallowedDatanodeException if the DataNode may not join
 */
export function heartbeat(s: DatanodeManagerState, tx: Transaction, request: HeartbeatFacts): HeartbeatResult {
  checkIncluded(s, request.id);
  const datanode = s.blockManager.datanodes.registered(request.id);
  if (datanode === undefined) return NOT_REGISTERED;
  datanode.lastHeartbeatMs = tx.now;
  datanode.lastHeartbeatWallMs = tx.wallMs;
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
    else if (wasFailed && !storage.failed) keepStorage(s.blockManager, storage);
  }
  for (const storage of datanode.storages.values()) {
    // Hadoop's DataNodes no longer report a volume that failed (DatanodeDescriptor.updateFailedStorage).
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
  if (request.slowPeers !== undefined) s.slowNodes?.take(datanode, request.slowPeers, tx.now);
  noteFailedCopies(s.blockManager, tx, datanode);
  if (datanode.isCopying && !s.blockManager.safeMode.isOn) {
    continueCopying(s.blockManager, tx, datanode);
    datanode.isCopying = streamsOf(datanode) > 0;
  }
  rejoinPipelines(s.blockManager, datanode);
  rollScheduled(datanode, tx.now);
  forgetUntoldDeletions(datanode, tx.now);
  maybeLeaveSafeMode(s.blockManager, tx);
  const { datanodeUuid } = request.id;
  return {
    isRegistered: true,
    commands: takeCommands(s, datanode),
    reportLeaseId: request.wantsReportLease ? s.reportLeases.request(datanodeUuid, tx.now) : NO_LEASE,
    isSlow: s.slowNodes?.isSlow(datanodeUuid) ?? false,
  };
}

function storageFailed(s: DatanodeManagerState, tx: Transaction, storage: StorageInfo): void {
  tx.log('warn', `${xferAddress(storage.datanode.id)}: storage ${storage.uuid} failed, its replicas are lost`);
  abandonStorage(s.blockManager, tx, storage);
}

/**
 * Declares a DataNode dead. Its replicas are lost, unless it is in maintenance: then it is expected to come back, and
 * its blocks are not copied.
 */
export function becomeDead(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor, why: string): void {
  datanode.alive = false;
  s.blockManager.datanodes.racksChanged();
  datanode.transfers = [];
  datanode.recoveries = [];
  dropInvalidates(datanode);
  if (!isMaintenance(datanode)) abandonStorages(s.blockManager, tx, datanode);
  tx.log('warn', `DataNode ${xferAddress(datanode.id)} is dead: ${why}`);
}
