/** Decommissions DataNodes: their blocks are copied to others before they leave. */

import { abandonStorages } from '../blocks/dead-storages.ts';
import { AdminState } from '../blocks/locations/admin-state.ts';
import { countReplicas, isBeingWritten, liveReplicas } from '../blocks/locations/block-info.ts';
import { isMaintenance, xferAddress } from '../blocks/locations/datanode-descriptor.ts';
import type { BlockInfo, DatanodeDescriptor } from '../blocks/locations/model.ts';
import { wantedReplicas } from '../blocks/redundancy/redundancy.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import type { LeavingService } from './leaving-service.ts';

function* blocksOf(datanode: DatanodeDescriptor): Generator<BlockInfo, undefined> {
  for (const storage of datanode.storages.values()) yield* storage.blocks.keys();
  return undefined;
}

/**
 * Begins the decommission of a DataNode. Its replicas no longer count, so they are copied to others. A dead DataNode is
 * decommissioned at once.
 */
export function startDecommission(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  const { DECOMMISSION_INPROGRESS, DECOMMISSIONED } = AdminState;
  if (datanode.adminState === DECOMMISSION_INPROGRESS || datanode.adminState === DECOMMISSIONED) return;
  if (!datanode.alive) {
    becomeAdminState(s, tx, datanode, DECOMMISSIONED);
    // While a dead DataNode is in maintenance its replicas count. From now on they do not.
    abandonStorages(s.blockManager, tx, datanode);
    return;
  }
  tx.log('info', `Starting decommission of ${xferAddress(datanode.id)}`);
  becomeAdminState(s, tx, datanode, DECOMMISSION_INPROGRESS);
  beginLeaving(s, tx, datanode);
}

/** Puts the DataNode into service again. Its replicas count again, so some blocks may have too many. */
export function stopDecommission(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (datanode.adminState === AdminState.NORMAL || isMaintenance(datanode)) return;
  tx.log('info', `Stopping decommission of ${xferAddress(datanode.id)}`);
  becomeAdminState(s, tx, datanode, AdminState.NORMAL);
}

/**
 * Changes the administrative state of a DataNode, and queues a check of its blocks: they may now have too few or too
 * many replicas.
 */
export function becomeAdminState(
  s: DatanodeManagerState,
  tx: Transaction,
  datanode: DatanodeDescriptor,
  adminState: AdminState,
): void {
  datanode.adminState = adminState;
  s.blockManager.datanodes.racksChanged();
  s.leaving.delete(datanode);
  s.blockManager.toCheck.push(blocksOf(datanode));
  tx.moreWork();
}

/** Begins the checks of whether all blocks of the DataNode have enough replicas elsewhere. */
export function beginLeaving(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  s.leaving.set(datanode, {
    startedMs: tx.now,
    insufficient: new Set(),
    scan: undefined,
    isFullScan: true,
    dueMs: tx.now,
  });
}

/**
 * Checks up to `limit` blocks of DataNodes that leave service (Hadoop: DatanodeAdminDefaultMonitor). A DataNode all of
 * whose blocks have enough replicas elsewhere becomes decommissioned, or enters maintenance. The next check begins
 * after dfs.namenode.decommission.interval.
 */
export function checkLeaving(s: DatanodeManagerState, tx: Transaction, limit: number): void {
  let budget = limit;
  for (const [datanode, state] of s.leaving) {
    if (budget <= 0) break;
    if (!datanode.alive) {
      // The blocks of a dead DataNode are copied from other DataNodes. A block that only the dead one holds cannot be
      // copied, and must not be given up.
      if (isAllElsewhere(s)) becomeOutOfService(s, tx, datanode, state);
      continue;
    }
    budget = checkDatanode(s, tx, datanode, state, budget);
    if (state.scan !== undefined) tx.moreWork();
  }
}

const isAllElsewhere = (s: DatanodeManagerState): boolean =>
  s.blockManager.redundancy.low.size === 0 &&
  s.blockManager.redundancy.pending.size === 0 &&
  s.blockManager.deadStorages.length === 0 &&
  s.blockManager.toCheck.length === 0;

function checkDatanode(
  s: DatanodeManagerState,
  tx: Transaction,
  datanode: DatanodeDescriptor,
  state: LeavingService,
  limit: number,
): number {
  if (state.scan === undefined) {
    if (tx.now < state.dueMs || !hasReported(datanode)) return limit;
    state.isFullScan = state.insufficient.size === 0;
    state.scan = state.isFullScan ? blocksOf(datanode) : state.insufficient.values();
  }
  const isSufficient = isMaintenance(datanode) ? isSufficientForMaintenance : isSufficientForDecommission;
  let budget = limit;
  while (budget > 0) {
    const next = state.scan.next();
    if (next.done === true) {
      state.scan = undefined;
      if (state.insufficient.size > 0 || isWrittenTo(s, datanode))
        state.dueMs = tx.now + s.config.decommissionIntervalMs;
      else if (state.isFullScan) becomeOutOfService(s, tx, datanode, state);
      return budget;
    }
    budget--;
    const block: BlockInfo = next.value;
    if (isSufficient(s, block)) state.insufficient.delete(block);
    else {
      state.insufficient.add(block);
      s.blockManager.redundancy.update(block);
    }
  }
  return budget;
}

/**
 * Returns true if each storage of the DataNode has sent a full report. A DataNode that has just registered has named no
 * storage yet.
 */
const hasReported = (datanode: DatanodeDescriptor): boolean =>
  datanode.storages.size > 0 &&
  [...datanode.storages.values()].every((storage) => storage.failed || storage.reportEpoch > 0);

/**
 * Returns true if the block does not delay a decommission (DatanodeAdminManager.isSufficient): it has the wanted
 * replicas on enough racks, or if fewer than wanted, at least dfs.replication.
 */
function isSufficientForDecommission(s: DatanodeManagerState, block: BlockInfo): boolean {
  const live = liveReplicas(block);
  if (block.file === undefined) return true;
  if (block.state !== 'COMPLETE') return live >= s.blockManager.config.replicationMin;
  const wanted = s.blockManager.redundancy.liveWanted(countReplicas(block), wantedReplicas(block));
  if (live < wanted) return live >= s.config.replicationDefault && live >= s.blockManager.config.replicationMin;
  return s.blockManager.redundancy.hasEnoughRacks(block, wantedReplicas(block));
}

/** Returns true if the block does not delay maintenance: it has the minimum of live replicas, on any rack. */
function isSufficientForMaintenance(s: DatanodeManagerState, block: BlockInfo): boolean {
  const counts = countReplicas(block);
  if (block.file === undefined || counts.live >= s.blockManager.config.maintenanceReplicationMin) return true;
  const { replication } = block.file;
  return (
    counts.live >= s.blockManager.redundancy.liveWanted(counts, replication) &&
    s.blockManager.redundancy.hasEnoughRacks(block, replication)
  );
}

/**
 * Returns true if the DataNode is in a pipeline that has too few other DataNodes. The data being written there may
 * exist nowhere else.
 */
function isWrittenTo(s: DatanodeManagerState, datanode: DatanodeDescriptor): boolean {
  const { replicationMin, maintenanceReplicationMin } = s.blockManager.config;
  for (const block of s.openBlocks()) {
    if (!isBeingWritten(block)) continue;
    const pipeline = (block.expected ?? []).map((e) => e.storage.datanode);
    if (!pipeline.includes(datanode)) continue;
    const others = pipeline.filter((d) => d.alive && d.adminState === AdminState.NORMAL);
    const min = isMaintenance(datanode)
      ? Math.max(replicationMin, Math.min(maintenanceReplicationMin, block.file?.replication ?? 0))
      : replicationMin;
    if (others.length < min) return true;
  }
  return false;
}

function becomeOutOfService(
  s: DatanodeManagerState,
  tx: Transaction,
  datanode: DatanodeDescriptor,
  state: LeavingService,
): void {
  s.leaving.delete(datanode);
  const name = xferAddress(datanode.id);
  const seconds = Math.round((tx.now - state.startedMs) / 1000);
  if (isMaintenance(datanode)) {
    datanode.adminState = AdminState.IN_MAINTENANCE;
    tx.log('info', `Node ${name} has entered maintenance mode after ${seconds} s`);
  } else {
    datanode.adminState = AdminState.DECOMMISSIONED;
    tx.log('info', `Decommissioning complete for node ${name} after ${seconds} s`);
  }
}

/**
 * Counts the blocks that had too few replicas elsewhere at the last check (DatanodeDescriptor.LeavingServiceStatus).
 */
export function leavingServiceStatus(state: LeavingService | undefined): {
  readonly underReplicated: number;
  readonly onlyOnLeaving: number;
  readonly inOpenFiles: number;
} {
  let onlyOnLeaving = 0;
  let inOpenFiles = 0;
  for (const block of state?.insufficient ?? []) {
    if (liveReplicas(block) === 0) onlyOnLeaving++;
    if (block.file?.features?.underConstruction !== undefined) inOpenFiles++;
  }
  return { underReplicated: state?.insufficient.size ?? 0, onlyOnLeaving, inOpenFiles };
}
