/** The commands that no client sends: `tick`, about every second, and `work`, in slices. */
import { settle } from '../blocks/block-manager.ts';
import { retryRecoveries } from '../blocks/block-recovery.ts';
import { sweepReports } from '../blocks/block-report-op.ts';
import type { BlockManagerState } from '../blocks/block-state.ts';
import { removeDeadReplicas } from '../blocks/dead-storages.ts';
import { maybeLeaveSafeMode } from '../blocks/leave-safe-mode.ts';
import { redundancyRound } from '../blocks/reconstruction-op.ts';
import type { Transaction } from '../command/transaction.ts';
import { becomeDead } from '../datanodes/datanode-op.ts';
import { checkLeaving } from '../datanodes/decommission.ts';
import { expireMaintenance } from '../datanodes/maintenance.ts';
import { DELETE_SLICE_INODES, removeSlice } from '../namespace/delete-op.ts';
import { checkLeases } from '../writing/lease-op.ts';
import { STANDSTILL_MS, stoodStill } from './standstill.ts';
import type { NamesystemState } from './state.ts';

/** Number of blocks that one slice checks, which takes a few milliseconds. */
const SLICE_BLOCKS = 1000;

/**
 * Finds dead DataNodes and expired leases, ends safe mode, and orders copies.
 * @param lateMs delay of the tick in ms
 */
export function tick(s: NamesystemState, tx: Transaction, lateMs = 0): void {
  const { blockManager, datanodeManager } = s;
  if (lateMs > STANDSTILL_MS) stoodStill(s, tx, lateMs);
  blockManager.lastTickMs = tx.now;
  for (const datanode of blockManager.datanodes.live()) {
    const silentMs = tx.now - datanode.lastHeartbeatMs;
    if (silentMs > datanodeManager.config.heartbeatExpiryMs) {
      becomeDead(datanodeManager, tx, datanode, `silent for ${silentMs} ms`);
    }
  }
  datanodeManager.slowNodes?.maybeCollect(blockManager.datanodes, tx);
  maybeLeaveSafeMode(blockManager, tx);
  noteRacks(blockManager, tx);
  if (blockManager.safeMode.isOn) {
    // Writers cannot renew their leases in safe mode, so this time must not count as silence.
    s.namespace.leases.renewAll(tx.now);
    return;
  }
  checkLeases(s.writing, tx);
  retryRecoveries(blockManager, tx);
  expireMaintenance(datanodeManager, tx);
  checkLeaving(datanodeManager, tx, SLICE_BLOCKS);
  if (tx.now - blockManager.lastRedundancyRoundMs < blockManager.config.redundancyIntervalMs) return;
  blockManager.lastRedundancyRoundMs = tx.now;
  redundancyRound(blockManager, tx);
}

/**
 * Queues a check of all blocks when a second rack appears, because blocks may now be on too few racks
 * (DatanodeManager.checkIfClusterIsNowMultiRack).
 */
function noteRacks(s: BlockManagerState, tx: Transaction): void {
  if (!s.redundancy.oneRackSufficed || s.datanodes.rackCount < 2) return;
  s.redundancy.oneRackSufficed = false;
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}

/** Does the next slice of work that would hold the event loop for too long if it were done at once. */
export function work(s: NamesystemState, tx: Transaction): void {
  const { blockManager } = s;
  removeSlice(s.namespace, tx, DELETE_SLICE_INODES);
  let budget = sweepReports(blockManager, removeDeadReplicas(blockManager, SLICE_BLOCKS));
  while (budget > 0) {
    const blocks = blockManager.toCheck.at(-1);
    if (blocks === undefined) break;
    const next = blocks.next();
    if (next.done) blockManager.toCheck.pop();
    else settle(blockManager, next.value);
    budget--;
  }
  if (!blockManager.safeMode.isOn) checkLeaving(s.datanodeManager, tx, budget);
  const { deadStorages, sweeps, toCheck } = blockManager;
  if (deadStorages.length > 0 || sweeps.length > 0 || toCheck.length > 0) tx.moreWork();
}
